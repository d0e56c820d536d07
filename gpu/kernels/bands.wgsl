// A block's bands, one workgroup a quad: x += up · (what the full band sends); x += CrossMamba(LN(h ⊙ clue), h = LN(x)), one
// sequence a band, the four sequences of a quad side by side in a vec4f. Then what follows: the next block's `down`, or the mask.
alias Value = vec4f;
override SIZE: u32;
override D: u32; // d_model
override W: u32; // width
override D_INNER: u32;
override D_STATE: u32;
override TAPS: u32; // d_conv
override DT_RANK: u32;
override STATE_FOURS: u32; // d_state in fours, rounded up
override X_FOURS: u32; // dt_rank + d_state in fours, rounded up
override UP_PARTS: u32; // inputs are summed in so many parts, each by invocations of its own
override UP_CHUNK: u32; // inputs of a part, a multiple of 4
override X_PARTS: u32;
override X_CHUNK: u32;
override OUT_PARTS: u32;
override OUT_CHUNK: u32;
override PARTS: u32;
override UP: u32; // [quad, W, d]: fours of bands
override UP_BIAS: u32; // [quad, d] by fours
override NORM_WEIGHT: u32;
override NORM_BIAS: u32;
override NORM_QUERY_WEIGHT: u32;
override NORM_QUERY_BIAS: u32;
override IN_PROJ: u32; // [d, 2 · d_inner / 4]: fours of outputs
override Q_PROJ: u32; // [d, STATE_FOURS]
override CONV: u32; // [d_conv, d_inner]
override CONV_BIAS: u32;
override X_PROJ: u32; // [d_inner, X_FOURS]
override DT_WEIGHT: u32; // [dt_rank, d_inner]
override DT_BIAS: u32;
override A: u32; // [d_state, d_inner], −exp(A_log)
override SKIP: u32; // D of the papers, [d_inner]
override OUT_PROJ: u32; // [d_inner, d / 4]
var<workgroup> h: array<vec4f, D>;
var<workgroup> q: array<vec4f, D>;
var<workgroup> u: array<vec4f, D_INNER>; // then y
var<workgroup> z: array<vec4f, D_INNER>;
var<workgroup> c: array<vec4f, 4u * STATE_FOURS>; // C
var<workgroup> delta_b: array<vec4f, 4u * X_FOURS>; // δ, then B
var<workgroup> parts: array<vec4f, PARTS>;

@compute @workgroup_size(SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let quad = group.x;
  add_full_band(quad, lane);
  measure(lane);
  for (var j = lane; j < D; j += SIZE) {
    h[j] = normed(j, NORM_WEIGHT, NORM_BIAS);
    row[j] = h[j] * clue[quad * D + j];
  }
  measure(lane);
  for (var j = lane; j < D; j += SIZE) {
    q[j] = normed(j, NORM_QUERY_WEIGHT, NORM_QUERY_BIAS);
  }
  workgroupBarrier();
  project_in(quad, lane);
  workgroupBarrier();
  project_x(lane);
  workgroupBarrier();
  for (var i = lane; i < D_INNER; i += SIZE) {
    u[i] = scan(quad, i, u[i]) * z[i];
  }
  workgroupBarrier();
  project_out(quad, lane);
  finish(quad, lane);
}

// A column for each of four outputs, a row for each of four bands.
fn outer(outputs: vec4f, bands: vec4f) -> mat4x4f {
  return mat4x4f(outputs.x * bands, outputs.y * bands, outputs.z * bands, outputs.w * bands);
}

// x += up · upward + bias, into `row`
fn add_full_band(quad: u32, lane: u32) {
  for (var item = lane; item < D * UP_PARTS; item += SIZE) {
    let first = item / D * UP_CHUNK;
    let matrix = UP + quad * W * D + item % D;
    var sum = vec4f();
    for (var i = first; i < min(first + UP_CHUNK, W); i += 4u) {
      let at = matrix + i * D;
      sum += upward[i] * matrix4(at) + upward[i + 1u] * matrix4(at + D)
        + upward[i + 2u] * matrix4(at + 2u * D) + upward[i + 3u] * matrix4(at + 3u * D);
    }
    parts[item] = sum;
  }
  workgroupBarrier();
  for (var j = lane; j < D; j += SIZE) {
    var sum = x[quad * D + j] + vector4(UP_BIAS + 4u * (quad * D + j));
    for (var part = 0u; part < UP_PARTS; part++) {
      sum += parts[part * D + j];
    }
    row[j] = sum;
    x[quad * D + j] = sum;
  }
}

// u = silu(conv(in_proj · h)), silu(z), C = q_proj · q
fn project_in(quad: u32, lane: u32) {
  let outputs = 2u * D_INNER / 4u;
  for (var item = lane; item < outputs + STATE_FOURS; item += SIZE) {
    var sum = mat4x4f();
    if (item < outputs) {
      for (var j = 0u; j < D; j += 4u) {
        let at = IN_PROJ + j * outputs + item;
        sum += outer(matrix4(at), h[j]) + outer(matrix4(at + outputs), h[j + 1u])
          + outer(matrix4(at + 2u * outputs), h[j + 2u]) + outer(matrix4(at + 3u * outputs), h[j + 3u]);
      }
      for (var o = 0u; o < 4u; o++) {
        let channel = 4u * item + o;
        if (channel < D_INNER) {
          u[channel] = convolve(quad, channel, sum[o]);
        } else {
          z[channel - D_INNER] = silu(sum[o]);
        }
      }
    } else {
      for (var j = 0u; j < D; j++) {
        sum += outer(matrix4(Q_PROJ + j * STATE_FOURS + item - outputs), q[j]);
      }
      for (var o = 0u; o < 4u; o++) {
        c[4u * (item - outputs) + o] = sum[o];
      }
    }
  }
}

// u = silu(conv_state ⊛ u + b_conv); conv_state shifts.
fn convolve(quad: u32, i: u32, newest: vec4f) -> vec4f {
  let conv_state = quad * (TAPS - 1u + D_STATE) * D_INNER + i;
  var sum = vectors[CONV_BIAS + i] + vectors[CONV + (TAPS - 1u) * D_INNER + i] * newest;
  for (var tap = 0u; tap + 1u < TAPS; tap++) {
    let at = conv_state + tap * D_INNER;
    sum += vectors[CONV + tap * D_INNER + i] * state[at];
    if (tap + 2u < TAPS) {
      state[at] = state[at + D_INNER];
    } else {
      state[at] = newest;
    }
  }
  return silu(sum);
}

// δ, B = x_proj · u
fn project_x(lane: u32) {
  for (var item = lane; item < X_FOURS * X_PARTS; item += SIZE) {
    let first = item / X_FOURS * X_CHUNK;
    var sum = mat4x4f();
    for (var i = first; i < min(first + X_CHUNK, D_INNER); i += 4u) {
      let at = X_PROJ + i * X_FOURS + item % X_FOURS;
      sum += outer(matrix4(at), u[i]) + outer(matrix4(at + X_FOURS), u[i + 1u])
        + outer(matrix4(at + 2u * X_FOURS), u[i + 2u]) + outer(matrix4(at + 3u * X_FOURS), u[i + 3u]);
    }
    for (var o = 0u; o < 4u; o++) {
      parts[4u * item + o] = sum[o];
    }
  }
  workgroupBarrier();
  for (var o = lane; o < 4u * X_FOURS; o += SIZE) {
    var sum = parts[o];
    for (var part = 1u; part < X_PARTS; part++) {
      sum += parts[part * 4u * X_FOURS + o];
    }
    delta_b[o] = sum;
  }
}

// h = exp(Δ A) h + Δ u B; h · C + D u, for one channel of four bands.
fn scan(quad: u32, i: u32, u_i: vec4f) -> vec4f {
  let ssm_state = (quad * (TAPS - 1u + D_STATE) + TAPS - 1u) * D_INNER + i;
  var dt = vec4f(vectors[DT_BIAS + i]);
  for (var r = 0u; r < DT_RANK; r++) {
    dt += vectors[DT_WEIGHT + r * D_INNER + i] * delta_b[r];
  }
  dt = softplus(dt);
  let dt_u = dt * u_i;
  var y = vectors[SKIP + i] * u_i;
  for (var n = 0u; n < D_STATE; n++) {
    let at = ssm_state + n * D_INNER;
    let value = exp(dt * vectors[A + n * D_INNER + i]) * state[at] + dt_u * delta_b[DT_RANK + n];
    state[at] = value;
    y += value * c[n];
  }
  return y;
}

// x += out_proj · y, into `row`
fn project_out(quad: u32, lane: u32) {
  let outputs = D / 4u;
  for (var item = lane; item < outputs * OUT_PARTS; item += SIZE) {
    let first = item / outputs * OUT_CHUNK;
    var sum = mat4x4f();
    for (var i = first; i < min(first + OUT_CHUNK, D_INNER); i += 4u) {
      let at = OUT_PROJ + i * outputs + item % outputs;
      sum += outer(matrix4(at), u[i]) + outer(matrix4(at + outputs), u[i + 1u])
        + outer(matrix4(at + 2u * outputs), u[i + 2u]) + outer(matrix4(at + 3u * outputs), u[i + 3u]);
    }
    for (var o = 0u; o < 4u; o++) {
      parts[4u * item + o] = sum[o];
    }
  }
  workgroupBarrier();
  for (var j = lane; j < D; j += SIZE) {
    var sum = x[quad * D + j];
    for (var part = 0u; part < OUT_PARTS; part++) {
      sum += parts[part * D + j];
    }
    row[j] = sum;
    x[quad * D + j] = sum;
  }
}
