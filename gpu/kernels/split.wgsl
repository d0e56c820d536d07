// The bins become bands: x = (LN(split · features) + band) ⊙ (1 + scale · c) + shift · c. One workgroup a quad of bands.
alias Value = vec4f;
override SIZE: u32;
override D: u32; // d_model
override W: u32; // width
override QUADS: u32;
override PARTS: u32;
override SPLIT_BIAS: u32; // [quad, d] by fours
override BAND: u32; // [quad, d] by fours
override NORM_IN_WEIGHT: u32;
override NORM_IN_BIAS: u32;
var<workgroup> parts: array<vec4f, PARTS>;

@compute @workgroup_size(SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let quad = group.x;
  let shape = quads[quad];
  for (var j = 4u * lane; j < D; j += 4u * SIZE) {
    var sum = mat4x4f(); // a column a channel
    for (var f = 0u; f < shape.y; f++) {
      let feature = features[shape.x + f];
      let at = (shape.x + f) * D + j;
      sum += mat4x4f(feature * matrix4(at), feature * matrix4(at + 1u), feature * matrix4(at + 2u), feature * matrix4(at + 3u));
    }
    for (var o = 0u; o < 4u; o++) {
      row[j + o] = sum[o] + vector4(SPLIT_BIAS + 4u * (quad * D + j + o));
    }
  }
  measure(lane);
  for (var j = lane; j < D; j += SIZE) {
    let at = quad * D + j;
    let value = normed(j, NORM_IN_WEIGHT, NORM_IN_BIAS) + vector4(BAND + 4u * at);
    row[j] = value * clue[at] + clue[QUADS * D + at];
    x[at] = row[j];
  }
  finish(quad, lane);
}
