// Shared by the kernels. `Value` is f32 (the full band: one sequence) or vec4f (a quad of bands: four sequences).

fn silu(x: Value) -> Value {
  return x / (1.0 + exp(-max(x, Value(-80.0))));
}

// ln(1 + e) for e in [0, 1] as 2 atanh(e / (2 + e)): exact where ln is not, near 1.
fn log_1p(e: Value) -> Value {
  let s = e / (2.0 + e);
  let q = s * s;
  return 2.0 * s * (1.0 + q * (1.0 / 3.0 + q * (1.0 / 5.0 + q * (1.0 / 7.0 + q * (1.0 / 9.0 + q * (1.0 / 11.0 + q / 13.0))))));
}

fn softplus(x: Value) -> Value {
  return max(x, Value(0.0)) + log_1p(exp(-abs(x)));
}

fn vector4(index: u32) -> vec4f {
  return vec4f(vectors[index], vectors[index + 1u], vectors[index + 2u], vectors[index + 3u]);
}

// LayerNorm of `row`: `measure` takes its mean and 1 / deviation, `normed` applies them.
const EPSILON = 1e-5;
override ROW: u32; // values in the row
override REDUCERS: u32; // invocations that sum it
var<workgroup> row: array<Value, ROW>;
var<workgroup> sums: array<Value, REDUCERS>;
var<workgroup> squares: array<Value, REDUCERS>;
var<workgroup> mean: Value;
var<workgroup> gain: Value;

// To be called by all invocations. Sums about the first value, so that a mean far from 0 costs no digits.
fn measure(lane: u32) {
  workgroupBarrier();
  let pivot = row[0];
  if (lane < REDUCERS) {
    var sum = Value();
    var square = Value();
    for (var i = lane; i < ROW; i += REDUCERS) {
      let value = row[i] - pivot;
      sum += value;
      square += value * value;
    }
    sums[lane] = sum;
    squares[lane] = square;
  }
  workgroupBarrier();
  if (lane == 0u) {
    var sum = sums[0];
    var square = squares[0];
    for (var r = 1u; r < REDUCERS; r++) {
      sum += sums[r];
      square += squares[r];
    }
    let centre = sum / f32(ROW);
    mean = pivot + centre;
    gain = 1.0 / sqrt(max(square / f32(ROW) - centre * centre, Value()) + EPSILON);
  }
  workgroupBarrier();
}

fn normed(i: u32, weight: u32, bias: u32) -> Value {
  return (row[i] - mean) * gain * vectors[weight + i] + vectors[bias + i];
}
