// What follows the bands before a block: a quad's share of down · concat_k LN(x[k]), where x is in `row`, into `partial` [quad, W].
override DOWN: u32; // [quad, d, band, W / 4]: fours of outputs
override DOWN_NORM_WEIGHT: u32;
override DOWN_NORM_BIAS: u32;
override DOWN_PARTS: u32; // inputs are summed in so many parts, each by invocations of its own
override DOWN_CHUNK: u32; // inputs of a part
var<workgroup> down_row: array<vec4f, D>;

fn finish(quad: u32, lane: u32) {
  measure(lane);
  for (var j = lane; j < D; j += SIZE) {
    down_row[j] = normed(j, DOWN_NORM_WEIGHT, DOWN_NORM_BIAS);
  }
  workgroupBarrier();
  let outputs = W / 4u;
  for (var item = lane; item < outputs * DOWN_PARTS; item += SIZE) {
    let first = item / outputs * DOWN_CHUNK;
    var sum = vec4f();
    for (var j = first; j < min(first + DOWN_CHUNK, D); j++) {
      let at = DOWN + (quad * D + j) * W + item % outputs;
      let four = down_row[j];
      sum += four.x * matrix4(at) + four.y * matrix4(at + outputs)
        + four.z * matrix4(at + 2u * outputs) + four.w * matrix4(at + 3u * outputs);
    }
    parts[item] = sum;
  }
  workgroupBarrier();
  for (var o = lane; o < outputs; o += SIZE) {
    var sum = parts[o];
    for (var part = 1u; part < DOWN_PARTS; part++) {
      sum += parts[part * outputs + o];
    }
    let at = quad * W + 4u * o;
    partial[at] = sum.x;
    partial[at + 1u] = sum.y;
    partial[at + 2u] = sum.z;
    partial[at + 3u] = sum.w;
  }
}
