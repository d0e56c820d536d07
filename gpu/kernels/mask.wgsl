// What follows the last block: the mask of a quad's bins = mask · LN(x), where x is in `row`; fours of bands.
override MASK: u32; // per quad [d, output]: fours of bands
override MASK_BIAS: u32; // per quad [output] by fours
override NORM_OUT_WEIGHT: u32;
override NORM_OUT_BIAS: u32;

fn finish(quad: u32, lane: u32) {
  measure(lane);
  for (var j = lane; j < D; j += SIZE) {
    h[j] = normed(j, NORM_OUT_WEIGHT, NORM_OUT_BIAS);
  }
  workgroupBarrier();
  let shape = quads[quad];
  for (var o = lane; o < shape.w; o += SIZE) {
    var sum = vector4(MASK_BIAS + 4u * (shape.z + o));
    for (var j = 0u; j < D; j++) {
      sum += h[j] * matrix4(MASK + shape.z * D + j * shape.w + o);
    }
    mask[shape.z + o] = sum;
  }
}
