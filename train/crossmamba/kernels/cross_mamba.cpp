// The inner part of CrossMamba, fused, forward and backward: convolution, projections, scan and gate of one sequence at a time.
//
// A plain C interface (no PyTorch headers), so that any C++20 compiler with OpenMP builds it in seconds. Sequences run in parallel; the
// channels are the vector lanes. Time is walked in chunks: the forward pass keeps the state at each chunk's start, the backward pass
// recomputes one chunk at a time in a workspace that stays in the second-level cache.
//
// Built without -ffast-math on purpose: values that are not finite must stay visible to the training loop, and `exponential` clamps
// its argument, so nothing overflows at either end.
#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <vector>

namespace {

constexpr int CHUNK = 16;
constexpr int TAPS = 4;

// One vector of 16 channels (or projections); what is narrower in the machine, the compiler splits.
constexpr int LANES = 16;
typedef float Lanes __attribute__((vector_size(LANES * sizeof(float))));

struct Dims {
  int S, T, D, N, R, threads;  // sequences, hops, d_inner, d_state, dt_rank
};

struct Weights {
  const float *conv, *conv_bias, *x_proj, *dt_proj, *dt_bias, *A, *skip;
};

// exp(x) for x clamped to ±87, relative error about 2e-7. NaN stays NaN.
inline float exponential(float x) {
  x = x < -87.f ? -87.f : x;
  x = x > 87.f ? 87.f : x;
  const float shifted = x * 1.44269504f + 12582912.f;  // rounds to an integer that lies in the low bits
  const float k = shifted - 12582912.f;
  const float r = (x - k * 0.693359375f) + k * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.f;
  return std::bit_cast<float>(std::bit_cast<std::int32_t>(p) + (std::bit_cast<std::int32_t>(shifted) << 23));
}

inline float sigmoid(float x) { return 1.f / (1.f + exponential(-x)); }

// log(1 + exp(x)) without overflow: max(x, 0) + log1p(exp(−|x|)), log1p(y) = 2 atanh(y / (2 + y)).
inline float softplus(float x) {
  const float y = exponential(x > 0.f ? -x : x);
  const float s = y / (2.f + y), q = s * s;
  float series = 1.f / 15.f;
  series = series * q + 1.f / 13.f;
  series = series * q + 1.f / 11.f;
  series = series * q + 1.f / 9.f;
  series = series * q + 1.f / 7.f;
  series = series * q + 1.f / 5.f;
  series = series * q + 1.f / 3.f;
  series = series * q + 1.f;
  return (x > 0.f ? x : 0.f) + 2.f * s * series;
}

inline Lanes load(const float *from) {
  Lanes v;
  std::memcpy(&v, from, sizeof v);
  return v;
}

inline void store(float *to, Lanes v) { std::memcpy(to, &v, sizeof v); }

// out[d] += Σ_k factors[k · stride] · rows[k · D + d]
void add_rows(float *out, const float *factors, int stride, const float *rows, int count, int D) {
  int d = 0;
  for (; d + 2 * LANES <= D; d += 2 * LANES) {
    Lanes a = load(out + d), b = load(out + d + LANES);
    for (int k = 0; k < count; k++) {
      const float f = factors[k * stride];
      a += f * load(rows + (size_t)k * D + d), b += f * load(rows + (size_t)k * D + d + LANES);
    }
    store(out + d, a), store(out + d + LANES, b);
  }
  for (; d < D; d++)
    for (int k = 0; k < count; k++) out[d] += factors[k * stride] * rows[(size_t)k * D + d];
}

// A matrix [rows, D] transposed and padded, [D, blocks · LANES], so that its products with a vector have the rows as lanes: no sums across lanes.
struct Columns {
  int rows, blocks, D;
  std::vector<float> columns;
  Columns(const float *matrix, int rows, int D) : rows(rows), blocks((rows + LANES - 1) / LANES), D(D), columns((size_t)D * blocks * LANES) {
    for (int j = 0; j < rows; j++)
      for (int d = 0; d < D; d++) columns[(size_t)d * blocks * LANES + j] = matrix[(size_t)j * D + d];
  }
  // out[i · stride + j] = Σ_d matrix[j, d] · x[i · D + d] for `count` vectors
  void products(const float *x, int count, float *out, int stride) const {
    constexpr int TOGETHER = 4;
    for (int block = 0; block < blocks; block++) {
      const float *at = columns.data() + block * LANES;
      const size_t wanted = sizeof(float) * std::min(LANES, rows - block * LANES);
      for (int i = 0; i < count; i += TOGETHER) {
        Lanes sum[TOGETHER] = {};
        const float *xs[TOGETHER];
        for (int k = 0; k < TOGETHER; k++) xs[k] = x + (size_t)std::min(i + k, count - 1) * D;
        for (int d = 0; d < D; d++) {
          const Lanes column = load(at + (size_t)d * blocks * LANES);
          for (int k = 0; k < TOGETHER; k++) sum[k] += xs[k][d] * column;
        }
        for (int k = 0; k < TOGETHER && i + k < count; k++) std::memcpy(out + (i + k) * stride + block * LANES, &sum[k], wanted);
      }
    }
  }
};

// What one chunk leaves behind for its backward pass. Row t of `decay` and row t + 1 of `h` belong to hop t; row 0 of `h` is the chunk's start.
struct Workspace {
  std::vector<float> conv, u, projected, raw, delta, mixed, decay, h;
  explicit Workspace(const Dims &m)
      : conv(CHUNK * m.D), u(CHUNK * m.D), projected(CHUNK * (m.R + m.N)), raw(CHUNK * m.D), delta(CHUNK * m.D), mixed(CHUNK * m.D),
        decay((size_t)CHUNK * m.N * m.D), h((size_t)(CHUNK + 1) * m.N * m.D) {}
};

// One chunk of one sequence from state h[0]. KEEP: every hop gets its own row of `h` and `decay`; else the state is updated in place.
template <int FIXED_N, bool KEEP>
void run_chunk(const Dims &m, const Weights &w, const Columns &x_proj, const float *xz, const float *C, int from, int to, Workspace &work,
               float *y) {
  const int D = m.D, N = FIXED_N ? FIXED_N : m.N, R = m.R, P = R + N;
  for (int t = from; t < to; t++) {
    float *conv = &work.conv[(t - from) * D], *u = &work.u[(t - from) * D];
    std::memcpy(conv, w.conv_bias, sizeof(float) * D);
    for (int k = std::max(0, TAPS - 1 - t); k < TAPS; k++) {
      const float *x = xz + (size_t)(t - (TAPS - 1) + k) * 2 * D, *tap = w.conv + k * D;
#pragma omp simd
      for (int d = 0; d < D; d++) conv[d] += x[d] * tap[d];
    }
#pragma omp simd
    for (int d = 0; d < D; d++) u[d] = conv[d] * sigmoid(conv[d]);
  }
  x_proj.products(work.u.data(), to - from, work.projected.data(), P);
  for (int t = from; t < to; t++) {
    const int i = t - from;
    const float *u = &work.u[i * D], *projected = &work.projected[i * P];
    float *raw = &work.raw[i * D], *delta = &work.delta[i * D], *mixed = &work.mixed[i * D];
    std::memcpy(raw, w.dt_bias, sizeof(float) * D);
    add_rows(raw, projected, 1, w.dt_proj, R, D);
#pragma omp simd
    for (int d = 0; d < D; d++) {
      delta[d] = softplus(raw[d]);
      mixed[d] = w.skip[d] * u[d];
    }
    const float *before = &work.h[KEEP ? (size_t)i * N * D : 0];
    float *after = &work.h[KEEP ? (size_t)(i + 1) * N * D : 0];
    for (int n = 0; n < N; n++) {
      const float b = projected[R + n], c = C[(size_t)t * N + n];
      const float *A = w.A + n * D, *was = before + n * D;
      float *now = after + n * D, *decay = &work.decay[((size_t)(KEEP ? i : 0) * N + n) * D];
#pragma omp simd
      for (int d = 0; d < D; d++) {
        const float a = exponential(delta[d] * A[d]);
        const float h = a * was[d] + delta[d] * u[d] * b;
        if (KEEP) decay[d] = a;
        now[d] = h;
        mixed[d] += c * h;
      }
    }
    if (y) {
      const float *z = xz + (size_t)t * 2 * D + D;
      float *out = y + (size_t)t * D;
#pragma omp simd
      for (int d = 0; d < D; d++) out[d] = mixed[d] * z[d] * sigmoid(z[d]);
    }
  }
}

template <int FIXED_N>
void forward(const Dims &m, const Weights &w, const float *xz, const float *C, float *y, float *starts, float *last) {
  const size_t state = (size_t)m.N * m.D, chunks = (m.T + CHUNK - 1) / CHUNK;
  const Columns x_proj(w.x_proj, m.R + m.N, m.D);
#pragma omp parallel num_threads(m.threads)
  {
    Workspace work(m);
#pragma omp for schedule(dynamic)
    for (int s = 0; s < m.S; s++) {
      std::fill_n(work.h.begin(), state, 0.f);
      for (int from = 0; from < m.T; from += CHUNK) {
        if (starts) std::memcpy(starts + ((size_t)s * chunks + from / CHUNK) * state, work.h.data(), sizeof(float) * state);
        run_chunk<FIXED_N, false>(m, w, x_proj, xz + (size_t)s * m.T * 2 * m.D, C + (size_t)s * m.T * m.N, from, std::min(from + CHUNK, m.T), work,
                                  y + (size_t)s * m.T * m.D);
      }
      if (last) std::memcpy(last + s * state, work.h.data(), sizeof(float) * state);
    }
  }
}

struct Gradients {
  float *xz, *C, *conv, *conv_bias, *x_proj, *dt_proj, *dt_bias, *A, *skip;
};

// The sums over sequences and hops that one thread makes; added to the others' at the end.
struct Sums {
  std::vector<float> conv, conv_bias, x_proj, dt_proj, dt_bias, A, skip;
  explicit Sums(const Dims &m)
      : conv(TAPS * m.D), conv_bias(m.D), x_proj((m.R + m.N) * m.D), dt_proj(m.R * m.D), dt_bias(m.D), A(m.N * m.D), skip(m.D) {}
  void add_to(const Gradients &g) const {
    const auto add = [](const std::vector<float> &from, float *to) {
      for (size_t i = 0; i < from.size(); i++) to[i] += from[i];
    };
    add(conv, g.conv), add(conv_bias, g.conv_bias), add(x_proj, g.x_proj), add(dt_proj, g.dt_proj), add(dt_bias, g.dt_bias);
    add(A, g.A), add(skip, g.skip);
  }
};

template <int FIXED_N>
void backward(const Dims &m, const Weights &w, const float *all_gy, const float *all_xz, const float *all_C, const float *starts,
              const Gradients &g) {
  const int D = m.D, N = FIXED_N ? FIXED_N : m.N, R = m.R, P = R + N;
  const size_t state = (size_t)N * D, chunks = (m.T + CHUNK - 1) / CHUNK;
  const Columns x_proj(w.x_proj, P, D), dt_proj(w.dt_proj, R, D);
  const std::vector<float> ones(CHUNK, 1.f);
#pragma omp parallel num_threads(m.threads)
  {
    Workspace work(m);
    Sums sums(m);
    std::vector<float> vector_gh(state), vector_gmixed(D), all_gu(CHUNK * D), all_gdelta(CHUNK * D), all_gprojected(CHUNK * P);
    float *gh = vector_gh.data(), *gmixed = vector_gmixed.data();
#pragma omp for schedule(dynamic)
    for (int s = 0; s < m.S; s++) {
      const float *xz = all_xz + (size_t)s * m.T * 2 * D, *C = all_C + (size_t)s * m.T * N, *gy = all_gy + (size_t)s * m.T * D;
      float *gxz = g.xz + (size_t)s * m.T * 2 * D, *gC = g.C + (size_t)s * m.T * N;
      std::fill_n(gh, state, 0.f);
      for (int chunk = (int)chunks - 1; chunk >= 0; chunk--) {
        const int from = chunk * CHUNK, to = std::min(from + CHUNK, m.T), count = to - from;
        std::memcpy(work.h.data(), starts + ((size_t)s * chunks + chunk) * state, sizeof(float) * state);
        run_chunk<FIXED_N, true>(m, w, x_proj, xz, C, from, to, work, nullptr);
        // gate and scan, the newest hop first
        for (int t = to - 1; t >= from; t--) {
          const int i = t - from;
          const float *u = &work.u[i * D], *projected = &work.projected[i * P], *raw = &work.raw[i * D];
          const float *delta = &work.delta[i * D], *mixed = &work.mixed[i * D];
          const float *z = xz + (size_t)t * 2 * D + D, *gt = gy + (size_t)t * D;
          float *gz = gxz + (size_t)t * 2 * D + D, *gskip = sums.skip.data(), *gu = &all_gu[i * D], *gdelta = &all_gdelta[i * D];
#pragma omp simd
          for (int d = 0; d < D; d++) {
            const float gate = sigmoid(z[d]);
            gmixed[d] = gt[d] * z[d] * gate;
            gz[d] = gt[d] * mixed[d] * gate * (1.f + z[d] * (1.f - gate));
            gu[d] = gmixed[d] * w.skip[d];
            gskip[d] += gmixed[d] * u[d];
            gdelta[d] = 0.f;
          }
          for (int n = 0; n < N; n++) {
            const float b = projected[R + n], c = C[(size_t)t * N + n];
            const float *A = w.A + n * D, *was = &work.h[((size_t)i * N + n) * D], *now = was + state;
            const float *decay = &work.decay[((size_t)i * N + n) * D];
            float *gn = gh + n * D, *gA = &sums.A[n * D], gB = 0.f, gc = 0.f;
#pragma omp simd reduction(+ : gB, gc)
            for (int d = 0; d < D; d++) {
              const float total = gn[d] + c * gmixed[d];
              gc += gmixed[d] * now[d];
              const float through = total * decay[d];
              const float exponent = through * was[d];
              const float into = total * b;
              gdelta[d] += exponent * A[d] + into * u[d];
              gA[d] += exponent * delta[d];
              gu[d] += into * delta[d];
              gB += total * delta[d] * u[d];
              gn[d] = through;
            }
            all_gprojected[i * P + R + n] = gB;
            gC[(size_t)t * N + n] = gc;
          }
#pragma omp simd
          for (int d = 0; d < D; d++) gdelta[d] *= sigmoid(raw[d]);
        }
        // projections, the chunk at once
        dt_proj.products(all_gdelta.data(), count, all_gprojected.data(), P);
        add_rows(sums.dt_bias.data(), ones.data(), 1, all_gdelta.data(), count, D);
        for (int r = 0; r < R; r++) add_rows(&sums.dt_proj[r * D], &work.projected[r], P, all_gdelta.data(), count, D);
        for (int j = 0; j < P; j++) add_rows(&sums.x_proj[j * D], &all_gprojected[j], P, work.u.data(), count, D);
        // convolution
        for (int t = from; t < to; t++) {
          const int i = t - from;
          const float *conv = &work.conv[i * D];
          float *gu = &all_gu[i * D];
          add_rows(gu, &all_gprojected[i * P], 1, w.x_proj, P, D);
#pragma omp simd
          for (int d = 0; d < D; d++) {
            const float gate = sigmoid(conv[d]);
            gu[d] *= gate * (1.f + conv[d] * (1.f - gate));
          }
          for (int k = std::max(0, TAPS - 1 - t); k < TAPS; k++) {
            const size_t at = (size_t)(t - (TAPS - 1) + k) * 2 * D;
            const float *x = xz + at, *tap = w.conv + k * D;
            float *gx = gxz + at, *gtap = &sums.conv[k * D];
#pragma omp simd
            for (int d = 0; d < D; d++) {
              gx[d] += gu[d] * tap[d];
              gtap[d] += gu[d] * x[d];
            }
          }
        }
        add_rows(sums.conv_bias.data(), ones.data(), 1, all_gu.data(), count, D);
      }
    }
#pragma omp critical
    sums.add_to(g);
  }
}

}  // namespace

extern "C" {

int cross_mamba_chunk() { return CHUNK; }

// xz [S, T, 2D], C [S, T, N], conv [4, D], x_proj [R + N, D], dt_proj [R, D], A [N, D] -> y [S, T, D]; starts [S, ceil(T / CHUNK), N, D] and
// last [S, N, D] are filled where they are not null.
void cross_mamba_forward(const Dims *m, const Weights *w, const float *xz, const float *C, float *y, float *starts, float *last) {
  if (m->N == 8) return forward<8>(*m, *w, xz, C, y, starts, last);
  if (m->N == 16) return forward<16>(*m, *w, xz, C, y, starts, last);
  forward<0>(*m, *w, xz, C, y, starts, last);
}

// Gradients of all arguments; the buffers come zeroed. A's gradient is with respect to A itself.
void cross_mamba_backward(const Dims *m, const Weights *w, const float *gy, const float *xz, const float *C, const float *starts,
                          const Gradients *g) {
  if (m->N == 8) return backward<8>(*m, *w, gy, xz, C, starts, *g);
  if (m->N == 16) return backward<16>(*m, *w, gy, xz, C, starts, *g);
  backward<0>(*m, *w, gy, xz, C, starts, *g);
}
}
