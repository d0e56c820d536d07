// First half of the full band's CrossMamba: g = down · LN(x), h = LN(g), then u = silu(conv(in_proj · h)), silu(z), and
// C = q_proj · LN(h ⊙ clue). Each workgroup makes some of the channels, the last one C; all of them make h for themselves.
alias Value = f32;
override SIZE: u32;
override QUADS: u32;
override W: u32; // width = d_model of the full band
override D_INNER: u32;
override TAPS: u32; // d_conv
override STATE_FOURS: u32; // d_state in fours, rounded up
override PER_GROUP: u32; // fours of channels that a workgroup makes
override PARTS_IN: u32; // inputs are summed in so many parts, each by invocations of its own
override CHUNK_IN: u32; // inputs of a part, a multiple of 4
override PARTS: u32;
override DOWN_BIAS: u32;
override NORM_WIDE_WEIGHT: u32;
override NORM_WIDE_BIAS: u32;
override NORM_QUERY_WEIGHT: u32;
override NORM_QUERY_BIAS: u32;
override IN_PROJ: u32; // [W, 2 · d_inner / 4]: fours of outputs
override Q_PROJ: u32; // [W, STATE_FOURS]
override CONV: u32; // [d_conv, d_inner]
override CONV_BIAS: u32;
override WIDE_U: u32;
override WIDE_Z: u32;
override WIDE_C: u32;
var<workgroup> h: array<f32, W>;
var<workgroup> parts: array<vec4f, PARTS>;

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  for (var o = lane; o < W; o += SIZE) {
    var g = vectors[DOWN_BIAS + o];
    for (var quad = 0u; quad < QUADS; quad++) {
      g += partial[quad * W + o];
    }
    row[o] = g;
    if (group.x == 0u) {
      wide[o] = g;
    }
  }
  measure(lane);
  for (var o = lane; o < W; o += SIZE) {
    h[o] = normed(o, NORM_WIDE_WEIGHT, NORM_WIDE_BIAS);
  }
  let query = group.x == groups.x - 1u;
  if (query) {
    for (var o = lane; o < W; o += SIZE) {
      row[o] = h[o] * clue[o];
    }
    measure(lane);
    for (var o = lane; o < W; o += SIZE) {
      h[o] = normed(o, NORM_QUERY_WEIGHT, NORM_QUERY_BIAS);
    }
  }
  workgroupBarrier();

  let all = select(2u * D_INNER / 4u, STATE_FOURS, query);
  let start = select(group.x * PER_GROUP, 0u, query);
  let outputs = min(PER_GROUP, all - start);
  for (var item = lane; item < outputs * PARTS_IN; item += SIZE) {
    let first = item / outputs * CHUNK_IN;
    let matrix = select(IN_PROJ, Q_PROJ, query) + start + item % outputs;
    var sum = vec4f();
    for (var i = first; i < min(first + CHUNK_IN, W); i += 4u) {
      let at = matrix + i * all;
      sum += h[i] * matrix4(at) + h[i + 1u] * matrix4(at + all)
        + h[i + 2u] * matrix4(at + 2u * all) + h[i + 3u] * matrix4(at + 3u * all);
    }
    parts[item] = sum;
  }
  workgroupBarrier();
  for (var o = lane; o < outputs; o += SIZE) {
    var sum = parts[o];
    for (var part = 1u; part < PARTS_IN; part++) {
      sum += parts[part * outputs + o];
    }
    let channel = 4u * (start + o);
    for (var c = 0u; c < 4u; c++) {
      if (query) {
        wide[WIDE_C + 4u * o + c] = sum[c];
      } else if (channel < D_INNER) {
        wide[WIDE_U + channel + c] = convolve(channel + c, sum[c]);
      } else {
        wide[WIDE_Z + channel - D_INNER + c] = silu(sum[c]);
      }
    }
  }
}

// u = silu(conv_state ⊛ u + b_conv); conv_state shifts.
fn convolve(i: u32, newest: f32) -> f32 {
  var sum = vectors[CONV_BIAS + i] + vectors[CONV + (TAPS - 1u) * D_INNER + i] * newest;
  for (var tap = 0u; tap + 1u < TAPS; tap++) {
    let at = tap * D_INNER + i;
    sum += vectors[CONV + at] * state[at];
    if (tap + 2u < TAPS) {
      state[at] = state[at + D_INNER];
    } else {
      state[at] = newest;
    }
  }
  return silu(sum);
}
