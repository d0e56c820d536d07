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
  // Real and imaginary part of a bin at a time: a quad's outputs are even in number.
  for (var o = 2u * lane; o < shape.w; o += 2u * SIZE) {
    var real = vector4(MASK_BIAS + 4u * (shape.z + o));
    var imaginary = vector4(MASK_BIAS + 4u * (shape.z + o + 1u));
    for (var j = 0u; j < D; j++) {
      let at = MASK + shape.z * D + j * shape.w + o;
      real += h[j] * matrix4(at);
      imaginary += h[j] * matrix4(at + 1u);
    }
    mask[shape.z + o] = real;
    mask[shape.z + o + 1u] = imaginary;
  }
}
