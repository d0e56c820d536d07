// One chunk of one sequence, backward. Chunks come newest first; what the older one needs of the newer is carried in `Back`.
#pragma once
#include "chunk.h"

struct Gradients {
  float *conv, *conv_bias, *x_proj, *dt_proj, *dt_bias, *A, *skip;
};

// The sums over sequences and hops that one thread makes, packed as the weights are; added to the others' at the end.
struct Sums {
  Rows conv, conv_bias, dt_proj, dt_bias, A, skip, x_proj;
  Sums(const Dims &m, const Packed &w)
      : conv(TAPS * w.blocks), conv_bias(w.blocks), dt_proj(m.R * w.blocks), dt_bias(w.blocks), A(m.N * w.blocks), skip(w.blocks),
        x_proj(w.P * w.blocks) {}
  void add_to(const Dims &m, const Packed &w, const Gradients &g) const {
    const auto add = [&](const Rows &from, float *to, int rows) {
      for (int b = 0; b < w.blocks; b++)
        for (int j = 0; j < rows; j++) {
          float *at = to + (size_t)j * m.D + b * LANES;
          store(at, load(at, m.D - b * LANES) + from[b * rows + j], m.D - b * LANES);
        }
    };
    add(conv, g.conv, TAPS), add(conv_bias, g.conv_bias, 1), add(dt_proj, g.dt_proj, m.R), add(dt_bias, g.dt_bias, 1), add(A, g.A, m.N);
    add(skip, g.skip, 1), add(x_proj, g.x_proj, w.P);
  }
};

// Gradients on their way: of the states and of the convolution's output across chunks, the rest within one.
struct Back {
  Rows states;                // [blocks, N]
  Rows conv;                  // [blocks, CHUNK + TAPS − 1], the newer chunk's first hops after the chunk's own
  Rows u;                     // [blocks, CHUNK]
  Rows z, exponents, totals;  // [CHUNK] of one block
  Rows for_projected;         // [CHUNK, P], one vector for each value: the sums over blocks, still to be summed over lanes
  Rows projected;             // [CHUNK, P], one value a lane
  Back(const Dims &m, const Packed &w)
      : states((size_t)w.blocks * m.N), conv((size_t)w.blocks * (CHUNK + TAPS - 1)), u((size_t)w.blocks * CHUNK), z(CHUNK), exponents(CHUNK),
        totals(CHUNK), for_projected(CHUNK * w.P), projected(CHUNK * blocks_of(w.P)) {}
  void begin_sequence(const Dims &m, const Packed &w) {
    std::fill_n(states.rows, w.blocks * m.N, Lanes{});
    std::fill_n(conv.rows, w.blocks * (CHUNK + TAPS - 1), Lanes{});
  }
};

// The scan backwards: states n … n + G − 1 of one block, in registers, after `scan` with KEEP.
template <int G>
void scan_gradient(const Dims &m, const Packed &w, int b, int n, const float *C, int count, Workspace &work, Back &back, Sums &sums) {
  Lanes A[G], gh[G], gA[G];
#pragma GCC unroll 8
  for (int g = 0; g < G; g++) A[g] = w.A[b * m.N + n + g], gh[g] = back.states[b * m.N + n + g], gA[g] = sums.A[b * m.N + n + g];
  for (int i = count - 1; i >= 0; i--) {
    const float *B = work.projected_at(i) + m.R + n, *c = C + (size_t)i * m.N + n;
    const Lanes delta = work.delta[i], into = work.into[i], gmixed = work.gmixed[i];
    const Lanes *was = work.was + i * m.N + n, *decay = work.decay + i * m.N + n;
    Lanes *for_B = back.for_projected + i * w.P + m.R + n, exponents = back.exponents[i], totals = back.totals[i];
#pragma GCC unroll 8
    for (int g = 0; g < G; g++) {
      const Lanes all = gh[g] + c[g] * gmixed, through = all * decay[g], exponent = through * was[g];
      for_B[g] += all * into;
      exponents += exponent * A[g];
      totals += all * B[g];
      gA[g] += exponent * delta;
      gh[g] = through;
    }
    back.exponents[i] = exponents, back.totals[i] = totals;
  }
#pragma GCC unroll 8
  for (int g = 0; g < G; g++) back.states[b * m.N + n + g] = gh[g], sums.A[b * m.N + n + g] = gA[g];
}

// Gate, scan and step sizes of one block.
template <class Value>
void block_gradient(const Dims &m, const Packed &w, int b, const Value *gy, const Value *z, const float *C, const float *start, int count,
                    Value *gz, Workspace &work, Back &back, Sums &sums) {
  const int inside = m.D - b * LANES;
  step_sizes<true>(m, w, b, count, work);
  Lanes gskip = sums.skip[b];
  for (int i = 0; i < count; i++) {
    const Lanes zi = load(z + (size_t)i * 2 * m.D + b * LANES, inside), gyi = load(gy + (size_t)i * m.D + b * LANES, inside);
    const Lanes gate = sigmoid(zi), silu = zi * gate;
    work.gmixed[i] = gyi * silu;
    back.z[i] = gyi * (gate + silu * (1.f - gate));
    back.exponents[i] = back.totals[i] = Lanes{};
    gskip += work.gmixed[i] * work.u[b * CHUNK + i];
  }
  sums.skip[b] = gskip;
  Rows &states = work.states;
  for (int n = 0; n < m.N; n++) states[n] = load(start + (size_t)n * m.D + b * LANES, inside);
  in_groups(m.N, [&](auto group, int n) { scan<group(), true>(m, w, b, n, C, count, work, states); });
  in_groups(m.N, [&](auto group, int n) { scan_gradient<group()>(m, w, b, n, C, count, work, back, sums); });
  Lanes gbias = sums.dt_bias[b], *graw = back.exponents;
  for (int i = 0; i < count; i++) {
    store(gz + (size_t)i * 2 * m.D + b * LANES, back.z[i] * work.mixed[i], inside);
    const Lanes u = work.u[b * CHUNK + i], delta = work.delta[i];
    back.u[b * CHUNK + i] = work.gmixed[i] * w.skip[b] + delta * back.totals[i];
    graw[i] = (LN_2 * back.exponents[i] + u * back.totals[i]) * work.delta_slope[i];
    gbias += graw[i];
  }
  sums.dt_bias[b] = gbias;
  for (int r = 0; r < m.R; r++) {
    const Lanes row = w.dt_proj[b * m.R + r], *given = graw;
    Lanes sum = sums.dt_proj[b * m.R + r], *to = back.for_projected + r;
    for (int i = 0; i < count; i++) {
      sum += work.projected_at(i)[r] * given[i];
      to[i * w.P] += given[i] * row;
    }
    sums.dt_proj[b * m.R + r] = sum;
  }
}

// Projection and convolution of one block.
template <class Value>
void input_gradient(const Dims &m, const Packed &w, int b, const Value *xz, int from, int count, Value *gxz, Workspace &work, Back &back,
                    Sums &sums) {
  const int inside = m.D - b * LANES, wide = blocks_of(w.P) * LANES;
  const float *gprojected = reinterpret_cast<const float *>(back.projected.rows);
  const Lanes *u = work.u + b * CHUNK;
  constexpr int TOGETHER = 4;
  for (int j = 0; j < w.P; j += TOGETHER) {
    Lanes sum[TOGETHER] = {};
    for (int i = 0; i < count; i++)
#pragma GCC unroll 4
      for (int k = 0; k < TOGETHER; k++) sum[k] += gprojected[i * wide + j + k] * u[i];
    for (int k = 0; k < TOGETHER && j + k < w.P; k++) sums.x_proj[b * w.P + j + k] += sum[k];
  }
  Lanes *gconv = back.conv + b * (CHUNK + TAPS - 1), gbias = sums.conv_bias[b];
  std::copy_n(gconv, TAPS - 1, gconv + count);
  for (int i = 0; i < count; i += TOGETHER) {
    Lanes sum[TOGETHER];
    for (int k = 0; k < TOGETHER; k++) sum[k] = back.u[b * CHUNK + i + k];
    for (int j = 0; j < w.P; j++)
#pragma GCC unroll 4
      for (int k = 0; k < TOGETHER; k++) sum[k] += gprojected[(i + k) * wide + j] * w.x_proj[b * w.P + j];
    for (int k = 0; k < TOGETHER && i + k < count; k++) {
      gconv[i + k] = sum[k] * work.slope[b * CHUNK + i + k];
      gbias += gconv[i + k];
    }
  }
  sums.conv_bias[b] = gbias;
  const Lanes *tap = w.conv + b * TAPS;
  Lanes *gtap = sums.conv + b * TAPS, gtap0 = gtap[0], gtap1 = gtap[1], gtap2 = gtap[2], gtap3 = gtap[3];
  const auto x = [&](int t) { return t < 0 ? Lanes{} : load(xz + (size_t)t * 2 * m.D + b * LANES, inside); };
  Lanes x0 = x(from - 3), x1 = x(from - 2), x2 = x(from - 1);
  for (int i = 0; i < count; i++) {
    const Lanes x3 = x(from + i), now = gconv[i];
    gtap0 += now * x0, gtap1 += now * x1, gtap2 += now * x2, gtap3 += now * x3;
    x0 = x1, x1 = x2, x2 = x3;
    const Lanes gx = now * tap[3] + gconv[i + 1] * tap[2] + gconv[i + 2] * tap[1] + gconv[i + 3] * tap[0];
    store(gxz + (size_t)(from + i) * 2 * m.D + b * LANES, gx, inside);
  }
  gtap[0] = gtap0, gtap[1] = gtap1, gtap[2] = gtap2, gtap[3] = gtap3;
}

// All of one chunk. The pointers are the sequence's; `start` is the state [N, D] at the chunk's start.
template <class Value>
void chunk_gradient(const Dims &m, const Packed &w, const Value *gy, const Value *xz, const float *C, const float *start, int from, Value *gxz,
                    float *gC, Workspace &work, Back &back, Sums &sums) {
  const int to = std::min(from + CHUNK, m.T), count = to - from;
  const size_t at = (size_t)from * 2 * m.D + m.D;
  convolve<true>(m, w, xz, from, to, work);
  project(m, w, count, work);
  for (int b = 0; b < w.blocks; b++)
    block_gradient(m, w, b, gy + (size_t)from * m.D, xz + at, C + (size_t)from * m.N, start, count, gxz + at, work, back, sums);
  float *gprojected = reinterpret_cast<float *>(back.projected.rows);
  for (int i = 0; i < count; i++) {
    for (int j = 0; j < w.P; j++) gprojected[i * work.stride + j] = total(back.for_projected[i * w.P + j]), back.for_projected[i * w.P + j] = Lanes{};
    for (int n = 0; n < m.N; n++) gC[(size_t)(from + i) * m.N + n] = total(work.for_C[i * m.N + n]), work.for_C[i * m.N + n] = Lanes{};
  }
  for (int b = 0; b < w.blocks; b++) input_gradient(m, w, b, xz, from, count, gxz, work, back, sums);
}
