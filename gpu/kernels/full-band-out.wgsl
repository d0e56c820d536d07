// Second half of the full band's CrossMamba, in one workgroup: δ, B = x_proj · u; the recurrence of ssm_state;
// g += out_proj · y; and silu(LN(g)), which goes up to the bands.
alias Value = f32;
override SIZE: u32;
override W: u32; // width = d_model of the full band
override D_INNER: u32;
override D_STATE: u32;
override DT_RANK: u32;
override X_FOURS: u32; // dt_rank + d_state in fours, rounded up
override X_PARTS: u32; // inputs are summed in so many parts, each by invocations of its own
override X_CHUNK: u32; // inputs of a part, a multiple of 4
override OUT_PARTS: u32;
override OUT_CHUNK: u32;
override PARTS: u32;
override X_PROJ: u32; // [d_inner, X_FOURS]: fours of outputs
override OUT_PROJ: u32; // [d_inner, W / 4]
override DT_WEIGHT: u32; // [dt_rank, d_inner]
override DT_BIAS: u32;
override A: u32; // [d_state, d_inner], −exp(A_log)
override SKIP: u32; // D of the papers, [d_inner]
override NORM_UP_WEIGHT: u32;
override NORM_UP_BIAS: u32;
override WIDE_U: u32;
override WIDE_Z: u32;
override WIDE_C: u32;
var<workgroup> u: array<f32, D_INNER>; // then y
var<workgroup> delta_b: array<f32, 4u * X_FOURS>; // δ, then B
var<workgroup> parts: array<vec4f, PARTS>;

@compute @workgroup_size(SIZE)
fn main(@builtin(local_invocation_index) lane: u32) {
  for (var i = lane; i < D_INNER; i += SIZE) {
    u[i] = wide[WIDE_U + i];
  }
  workgroupBarrier();
  for (var item = lane; item < X_FOURS * X_PARTS; item += SIZE) {
    let first = item / X_FOURS * X_CHUNK;
    let matrix = X_PROJ + item % X_FOURS;
    var sum = vec4f();
    for (var i = first; i < min(first + X_CHUNK, D_INNER); i += 4u) {
      let at = matrix + i * X_FOURS;
      sum += u[i] * matrix4(at) + u[i + 1u] * matrix4(at + X_FOURS)
        + u[i + 2u] * matrix4(at + 2u * X_FOURS) + u[i + 3u] * matrix4(at + 3u * X_FOURS);
    }
    parts[item] = sum;
  }
  workgroupBarrier();
  for (var o = lane; o < X_FOURS; o += SIZE) {
    var sum = parts[o];
    for (var part = 1u; part < X_PARTS; part++) {
      sum += parts[part * X_FOURS + o];
    }
    for (var c = 0u; c < 4u; c++) {
      delta_b[4u * o + c] = sum[c];
    }
  }
  workgroupBarrier();
  for (var i = lane; i < D_INNER; i += SIZE) {
    u[i] = scan(i, u[i]) * wide[WIDE_Z + i];
  }
  workgroupBarrier();

  let outputs = W / 4u;
  for (var item = lane; item < outputs * OUT_PARTS; item += SIZE) {
    let first = item / outputs * OUT_CHUNK;
    let matrix = OUT_PROJ + item % outputs;
    var sum = vec4f();
    for (var i = first; i < min(first + OUT_CHUNK, D_INNER); i += 4u) {
      let at = matrix + i * outputs;
      sum += u[i] * matrix4(at) + u[i + 1u] * matrix4(at + outputs)
        + u[i + 2u] * matrix4(at + 2u * outputs) + u[i + 3u] * matrix4(at + 3u * outputs);
    }
    parts[item] = sum;
  }
  workgroupBarrier();
  for (var o = lane; o < outputs; o += SIZE) {
    var sum = parts[o];
    for (var part = 1u; part < OUT_PARTS; part++) {
      sum += parts[part * outputs + o];
    }
    for (var c = 0u; c < 4u; c++) {
      row[4u * o + c] = wide[4u * o + c] + sum[c];
    }
  }
  measure(lane);
  for (var o = lane; o < W; o += SIZE) {
    upward[o] = silu(normed(o, NORM_UP_WEIGHT, NORM_UP_BIAS));
  }
}

// h = exp(Δ A) h + Δ u B; h · C + D u, for one channel.
fn scan(i: u32, u_i: f32) -> f32 {
  var dt = vectors[DT_BIAS + i];
  for (var r = 0u; r < DT_RANK; r++) {
    dt += vectors[DT_WEIGHT + r * D_INNER + i] * delta_b[r];
  }
  dt = softplus(dt);
  let dt_u = dt * u_i;
  var y = vectors[SKIP + i] * u_i;
  for (var n = 0u; n < D_STATE; n++) {
    let at = n * D_INNER + i;
    let value = exp(dt * vectors[A + at]) * state[at] + dt_u * delta_b[DT_RANK + n];
    state[at] = value;
    y += value * wide[WIDE_C + n];
  }
  return y;
}
