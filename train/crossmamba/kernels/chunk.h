// One chunk of one sequence, forward: convolution, projections, scan. What the backward pass needs of it stays in a workspace.
#pragma once
#include <type_traits>

#include "vectors.h"

constexpr int CHUNK = 16;
constexpr int TAPS = 4;

struct Dims {
  int S, T, D, N, R, threads;  // sequences, hops, d_inner, d_state, dt_rank
  int bf16;                    // xz, y and their gradients are bf16, not f32
};

struct Weights {
  const float *conv, *conv_bias, *x_proj, *dt_proj, *dt_bias, *A, *skip;
};

// The weights by blocks of channels, [blocks, rows, LANES], so that a block's lie together; what is beyond D is zero.
struct Packed {
  int P, blocks;
  Rows conv, conv_bias, dt_proj, dt_bias, A, skip, x_proj;  // A is times log2 e
  Rows columns;                                             // of x_proj: [D, blocks of P], rows as lanes, so that products need no sums across lanes
  Packed(const Dims &m, const Weights &w)
      : P(m.R + m.N), blocks(blocks_of(m.D)), conv(TAPS * blocks), conv_bias(blocks), dt_proj(m.R * blocks), dt_bias(blocks),
        A(m.N * blocks), skip(blocks), x_proj(P * blocks), columns((size_t)blocks * LANES * blocks_of(P)) {
    const auto pack = [&](Rows &to, const float *matrix, int rows, float scale) {
      for (int b = 0; b < blocks; b++)
        for (int j = 0; j < rows; j++) to[b * rows + j] = load(matrix + (size_t)j * m.D + b * LANES, m.D - b * LANES) * scale;
    };
    pack(conv, w.conv, TAPS, 1.f), pack(conv_bias, w.conv_bias, 1, 1.f), pack(dt_proj, w.dt_proj, m.R, 1.f), pack(dt_bias, w.dt_bias, 1, 1.f);
    pack(A, w.A, m.N, LOG2_E), pack(skip, w.skip, 1, 1.f), pack(x_proj, w.x_proj, P, 1.f);
    for (int d = 0; d < m.D; d++)
      for (int j = 0; j < P; j++) reinterpret_cast<float *>(columns.rows)[(size_t)d * blocks_of(P) * LANES + j] = w.x_proj[(size_t)j * m.D + d];
  }
};

// Of one chunk, [blocks, CHUNK]: u and its slope at the convolution's output. Of one block, [CHUNK]: the rest.
struct Workspace {
  int stride;  // of a hop in `projected`
  Rows u, slope, delta, delta_slope, into, mixed;
  Rows projected;                 // [CHUNK, dt_rank + d_state], one value a lane
  Rows was, decay, gmixed, for_C;  // [CHUNK, N] but for gmixed [CHUNK]: the state before each hop, exp(ΔA), gradients
  Rows states;                     // [N] of one block
  Workspace(const Dims &m, const Packed &w)
      : stride(blocks_of(w.P) * LANES), u((size_t)w.blocks * CHUNK), slope((size_t)w.blocks * CHUNK), delta(CHUNK), delta_slope(CHUNK),
        into(CHUNK), mixed(CHUNK), projected(CHUNK * blocks_of(w.P)), was(CHUNK * m.N), decay(CHUNK * m.N), gmixed(CHUNK), for_C(CHUNK * m.N), states(m.N) {}
  float *projected_at(int i) { return reinterpret_cast<float *>(projected.rows) + i * stride; }
};

// u = silu(conv ⊛ x + bias) of hops [from, to), all channels
template <bool KEEP, class Value>
void convolve(const Dims &m, const Packed &w, const Value *xz, int from, int to, Workspace &work) {
  for (int b = 0; b < w.blocks; b++) {
    const int count = m.D - b * LANES;
    const Value *at = xz + b * LANES;
    const auto x = [&](int t) { return t < 0 ? Lanes{} : load(at + (size_t)t * 2 * m.D, count); };
    const Lanes *tap = w.conv + b * TAPS, bias = w.conv_bias[b];
    Lanes x0 = x(from - 3), x1 = x(from - 2), x2 = x(from - 1);
    for (int t = from; t < to; t++) {
      const Lanes x3 = x(t), conv = bias + x0 * tap[0] + x1 * tap[1] + x2 * tap[2] + x3 * tap[3];
      const Lanes gate = sigmoid(conv), u = conv * gate;
      work.u[b * CHUNK + t - from] = u;
      if (KEEP) work.slope[b * CHUNK + t - from] = gate + u * (1.f - gate);
      x0 = x1, x1 = x2, x2 = x3;
    }
  }
}

// projected[i] = x_proj · u[i]
inline void project(const Dims &m, const Packed &w, int count, Workspace &work) {
  constexpr int TOGETHER = 8;
  const int wide = blocks_of(w.P);
  for (int block = 0; block < wide; block++)
    for (int i = 0; i < count; i += TOGETHER) {
      Lanes sum[TOGETHER] = {};
      for (int d = 0; d < m.D; d++) {
        const float *u = reinterpret_cast<const float *>(work.u + (d / LANES) * CHUNK + i) + d % LANES;
        const Lanes column = w.columns[(size_t)d * wide + block];
#pragma GCC unroll 8
        for (int k = 0; k < TOGETHER; k++) sum[k] += u[k * LANES] * column;
      }
      for (int k = 0; k < TOGETHER; k++) work.projected[(i + k) * wide + block] = sum[k];
    }
}

// Δ, Δu and, with KEEP, Δ's slope, of one block
template <bool KEEP>
void step_sizes(const Dims &m, const Packed &w, int b, int count, Workspace &work) {
  for (int i = 0; i < count; i++) {
    Lanes raw = w.dt_bias[b];
    for (int r = 0; r < m.R; r++) raw += work.projected_at(i)[r] * w.dt_proj[b * m.R + r];
    const Lanes delta = softplus(raw, KEEP ? &work.delta_slope[i] : nullptr), u = work.u[b * CHUNK + i];
    work.delta[i] = delta, work.into[i] = delta * u, work.mixed[i] = w.skip[b] * u;
  }
}

// States n … n + G − 1 of one block through the chunk, in registers. With KEEP also the sums for C's gradient.
template <int G, bool KEEP>
void scan(const Dims &m, const Packed &w, int b, int n, const float *C, int count, Workspace &work, Lanes *states) {
  Lanes A[G], h[G];
#pragma GCC unroll 8
  for (int g = 0; g < G; g++) A[g] = w.A[b * m.N + n + g], h[g] = states[n + g];
  for (int i = 0; i < count; i++) {
    const float *B = work.projected_at(i) + m.R + n, *c = C + (size_t)i * m.N + n;
    const Lanes delta = work.delta[i], into = work.into[i];
    Lanes mixed = work.mixed[i], *was = work.was + i * m.N + n, *decay = work.decay + i * m.N + n, *for_C = work.for_C + i * m.N + n;
#pragma GCC unroll 8
    for (int g = 0; g < G; g++) {
      const Lanes a = power_of_two(delta * A[g]);
      if (KEEP) was[g] = h[g], decay[g] = a;
      h[g] = a * h[g] + into * B[g];
      mixed += c[g] * h[g];
      if (KEEP) for_C[g] += work.gmixed[i] * h[g];
    }
    work.mixed[i] = mixed;
  }
#pragma GCC unroll 8
  for (int g = 0; g < G; g++) states[n + g] = h[g];
}

// Calls f with the number of states to be held in registers, and the first of them.
template <class F>
void in_groups(int N, F f) {
  int n = 0;
  for (; n + 8 <= N; n += 8) f(std::integral_constant<int, 8>(), n);
  for (; n < N; n++) f(std::integral_constant<int, 1>(), n);
}
