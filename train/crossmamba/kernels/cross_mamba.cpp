// The inner part of CrossMamba, fused, forward and backward: convolution, projections, scan and gate of one sequence at a time.
//
// A plain C interface (no PyTorch headers), so that any C++20 compiler with OpenMP builds it in seconds. Sequences run in parallel; the
// channels are the vector lanes. Time is walked in chunks, and in a chunk one block of channels after the other, its states in registers:
// the forward pass keeps the state at each chunk's start, the backward pass recomputes one chunk at a time in a workspace that stays in the
// nearest caches.
#include "gradient.h"
#include "norm_query.h"

namespace {

template <class Value>
void forward(const Dims &m, const Weights &weights, const Value *all_xz, const float *all_C, Value *all_y, float *starts, float *last) {
  const int chunks = (m.T + CHUNK - 1) / CHUNK;
  const Packed w(m, weights);
  const auto write = [&](float *to, const Lanes *states) {  // [blocks, N, LANES] -> [N, D]
    for (int b = 0; b < w.blocks; b++)
      for (int n = 0; n < m.N; n++) store(to + (size_t)n * m.D + b * LANES, states[b * m.N + n], m.D - b * LANES);
  };
#pragma omp parallel num_threads(m.threads)
  {
    Workspace work(m, w);
    Rows states((size_t)w.blocks * m.N);
#pragma omp for schedule(dynamic)
    for (int s = 0; s < m.S; s++) {
      const Value *xz = all_xz + (size_t)s * m.T * 2 * m.D;
      const float *C = all_C + (size_t)s * m.T * m.N;
      Value *y = all_y + (size_t)s * m.T * m.D;
      std::fill_n(states.rows, w.blocks * m.N, Lanes{});
      for (int chunk = 0; chunk < chunks; chunk++) {
        const int from = chunk * CHUNK, to = std::min(from + CHUNK, m.T);
        if (starts) write(starts + ((size_t)s * chunks + chunk) * m.N * m.D, states);
        convolve<false>(m, w, xz, from, to, work);
        project(m, w, to - from, work);
        for (int b = 0; b < w.blocks; b++) {
          step_sizes<false>(m, w, b, to - from, work);
          in_groups(m.N, [&](auto group, int n) {
            scan<group(), false>(m, w, b, n, C + (size_t)from * m.N, to - from, work, states + b * m.N);
          });
          for (int t = from; t < to; t++) {
            const Lanes z = load(xz + (size_t)t * 2 * m.D + m.D + b * LANES, m.D - b * LANES);
            store(y + (size_t)t * m.D + b * LANES, work.mixed[t - from] * z * sigmoid(z), m.D - b * LANES);
          }
        }
      }
      if (last) write(last + (size_t)s * m.N * m.D, states);
    }
  }
}

template <class Value>
void backward(const Dims &m, const Weights &weights, const Value *gy, const Value *xz, const float *C, const float *starts, Value *gxz,
              float *gC, const Gradients &g) {
  const int chunks = (m.T + CHUNK - 1) / CHUNK;
  const Packed w(m, weights);
#pragma omp parallel num_threads(m.threads)
  {
    Workspace work(m, w);
    Sums sums(m, w);
    Back back(m, w);
#pragma omp for schedule(dynamic)
    for (int s = 0; s < m.S; s++) {
      back.begin_sequence(m, w);
      for (int chunk = chunks - 1; chunk >= 0; chunk--) {
        const size_t row = (size_t)s * m.T;
        chunk_gradient(m, w, gy + row * m.D, xz + row * 2 * m.D, C + row * m.N, starts + ((size_t)s * chunks + chunk) * m.N * m.D,
                       chunk * CHUNK, gxz + row * 2 * m.D, gC + row * m.N, work, back, sums);
      }
    }
#pragma omp critical
    sums.add_to(m, w, g);
  }
}

}  // namespace

extern "C" {

int cross_mamba_chunk() { return CHUNK; }

// xz [S, T, 2D], C [S, T, N], conv [4, D], x_proj [R + N, D], dt_proj [R, D], A [N, D] -> y [S, T, D]; starts [S, ceil(T / CHUNK), N, D] and
// last [S, N, D] are filled where they are not null.
void cross_mamba_forward(const Dims *m, const Weights *w, const void *xz, const float *C, void *y, float *starts, float *last) {
  if (m->bf16) return forward(*m, *w, (const Bf16 *)xz, C, (Bf16 *)y, starts, last);
  forward(*m, *w, (const float *)xz, C, (float *)y, starts, last);
}

// Gradients of all arguments: those of xz and C are written, those of the weights added to `g`. A's is with respect to A itself.
void cross_mamba_backward(const Dims *m, const Weights *w, const void *gy, const void *xz, const float *C, const float *starts, void *gxz,
                          float *gC, const Gradients *g) {
  if (m->bf16) return backward(*m, *w, (const Bf16 *)gy, (const Bf16 *)xz, C, starts, (Bf16 *)gxz, gC, *g);
  backward(*m, *w, (const float *)gy, (const float *)xz, C, starts, (float *)gxz, gC, *g);
}

// x [groups, rows, D], clue [groups, D], q_proj [N, D] -> h [groups, rows, D], C [groups, rows, N]
void norm_query_forward(const NormDims *m, const NormWeights *w, const float *x, void *h, float *C) {
  if (m->bf16) return norm_query(*m, *w, x, (Bf16 *)h, C);
  norm_query(*m, *w, x, (float *)h, C);
}

// Gradients: those of x and the clue are written, those of the weights added to `g`.
void norm_query_backward(const NormDims *m, const NormWeights *w, const void *gh, const float *gC, const float *x, float *gx, const NormGradients *g) {
  if (m->bf16) return norm_query_gradient(*m, *w, (const Bf16 *)gh, gC, x, gx, *g);
  norm_query_gradient(*m, *w, (const float *)gh, gC, x, gx, *g);
}
}
