// What comes before a CrossMamba, fused, forward and backward, row by row: h = norm(x), and the query's C = q_proj(norm_query(h · clue)),
// without the query ever lying in memory.
#pragma once
#include <cmath>

#include "vectors.h"

struct NormDims {
  int groups, rows, D, N, threads;  // a clue each, rows of each, channels, d_state
  int bf16;                         // h and its gradient are bf16, not f32
  float epsilon;
};

struct NormWeights {
  const float *gain, *bias, *clue, *query_gain, *query_bias, *q_proj;
};

struct NormGradients {
  float *gain, *bias, *clue, *query_gain, *query_bias, *q_proj;
};

// A matrix [rows, D] by blocks, [rows, blocks]; zeros beyond D.
inline void pack_rows(Rows &to, const float *matrix, int rows, int D) {
  for (int j = 0; j < rows; j++)
    for (int b = 0; b < blocks_of(D); b++) to[j * blocks_of(D) + b] = load(matrix + (size_t)j * D + b * LANES, D - b * LANES);
}

inline void add_rows(float *to, const Rows &sums, int rows, int D) {
  for (int j = 0; j < rows; j++)
    for (int b = 0; b < blocks_of(D); b++) {
      float *at = to + (size_t)j * D + b * LANES;
      store(at, load(at, D - b * LANES) + sums[j * blocks_of(D) + b], D - b * LANES);
    }
}

struct NormPacked {
  int blocks, wide;
  Rows inside, gain, bias, query_gain, query_bias, q_proj;
  Rows columns;  // of q_proj: [blocks · LANES, wide], d_state as lanes
  NormPacked(const NormDims &m, const NormWeights &w)
      : blocks(blocks_of(m.D)), wide(blocks_of(m.N)), inside(blocks), gain(blocks), bias(blocks), query_gain(blocks), query_bias(blocks),
        q_proj(m.N * blocks), columns((size_t)blocks * LANES * wide) {
    for (int d = 0; d < m.D; d++) {
      reinterpret_cast<float *>(inside.rows)[d] = 1.f;
      for (int n = 0; n < m.N; n++) reinterpret_cast<float *>(columns.rows)[(size_t)d * wide * LANES + n] = w.q_proj[(size_t)n * m.D + d];
    }
    pack_rows(gain, w.gain, 1, m.D), pack_rows(bias, w.bias, 1, m.D), pack_rows(q_proj, w.q_proj, m.N, m.D);
    pack_rows(query_gain, w.query_gain, 1, m.D), pack_rows(query_bias, w.query_bias, 1, m.D);
  }
};

// One row on its way.
struct NormRow {
  float scale, query_scale;                 // 1 / deviation
  Rows normed, h, query_normed, query, clue;
  explicit NormRow(int blocks) : normed(blocks), h(blocks), query_normed(blocks), query(blocks), clue(blocks) {}
};

template <int FIXED>
inline int blocks_in(const NormPacked &w) {
  return FIXED ? FIXED : w.blocks;
}

// `row` to zero mean and unit variance, in place -> 1 / deviation
template <int FIXED>
float normalise(const NormDims &m, const NormPacked &w, Lanes *row) {
  Lanes sum = {}, squares = {};
  for (int b = 0; b < blocks_in<FIXED>(w); b++) sum += row[b];
  const float mean = total(sum) / m.D;
  for (int b = 0; b < blocks_in<FIXED>(w); b++) row[b] = row[b] - mean * w.inside[b], squares += row[b] * row[b];
  const float scale = 1.f / std::sqrt(total(squares) / m.D + m.epsilon);
  for (int b = 0; b < blocks_in<FIXED>(w); b++) row[b] *= scale;
  return scale;
}

// The gradient at a normalised row's input from that at its output `g`, in place.
template <int FIXED>
void normalise_gradient(const NormDims &m, const NormPacked &w, const Lanes *normed, float scale, Lanes *g) {
  Lanes sum = {}, products = {};
  for (int b = 0; b < blocks_in<FIXED>(w); b++) sum += g[b], products += g[b] * normed[b];
  const float mean = total(sum) / m.D, along = total(products) / m.D;
  for (int b = 0; b < blocks_in<FIXED>(w); b++) g[b] = scale * (g[b] - mean * w.inside[b] - along * normed[b]);
}

template <int FIXED>
void norm_row(const NormDims &m, const NormPacked &w, const float *x, NormRow &row) {
  const int blocks = blocks_in<FIXED>(w);
  for (int b = 0; b < blocks; b++) row.normed[b] = load(x + b * LANES, m.D - b * LANES);
  row.scale = normalise<FIXED>(m, w, row.normed);
  for (int b = 0; b < blocks; b++) {
    row.h[b] = row.normed[b] * w.gain[b] + w.bias[b];
    row.query_normed[b] = row.h[b] * row.clue[b];
  }
  row.query_scale = normalise<FIXED>(m, w, row.query_normed);
  for (int b = 0; b < blocks; b++) row.query[b] = row.query_normed[b] * w.query_gain[b] + w.query_bias[b];
}

template <int FIXED, class Value>
void norm_query_rows(const NormDims &m, const NormWeights &weights, const float *x, Value *h, float *C) {
  const NormPacked w(m, weights);
#pragma omp parallel num_threads(m.threads)
  {
    NormRow row(w.blocks);
#pragma omp for schedule(static)
    for (int group = 0; group < m.groups; group++) {
      pack_rows(row.clue, weights.clue + (size_t)group * m.D, 1, m.D);
      for (size_t at = (size_t)group * m.rows; at < (size_t)(group + 1) * m.rows; at++) {
        norm_row<FIXED>(m, w, x + at * m.D, row);
        for (int b = 0; b < w.blocks; b++) store(h + at * m.D + b * LANES, row.h[b], m.D - b * LANES);
        const float *query = reinterpret_cast<const float *>(row.query.rows);
        for (int n = 0; n < w.wide; n++) {
          Lanes even = {}, odd = {};
          for (int d = 0; d < w.blocks * LANES; d += 2)
            even += query[d] * w.columns[d * w.wide + n], odd += query[d + 1] * w.columns[(d + 1) * w.wide + n];
          store(C + at * m.N + n * LANES, even + odd, m.N - n * LANES);
        }
      }
    }
  }
}

template <int FIXED, class Value>
void norm_query_rows_gradient(const NormDims &m, const NormWeights &weights, const Value *gh, const float *gC, const float *x, float *gx,
                              const NormGradients &g) {
  const NormPacked w(m, weights);
  const int blocks = blocks_in<FIXED>(w);
#pragma omp parallel num_threads(m.threads)
  {
    NormRow row(w.blocks);
    Rows gain(blocks), bias(blocks), query_gain(blocks), query_bias(blocks), q_proj(m.N * blocks), clue(blocks), at_query(blocks), at_h(blocks);
#pragma omp for schedule(static)
    for (int group = 0; group < m.groups; group++) {
      pack_rows(row.clue, weights.clue + (size_t)group * m.D, 1, m.D);
      std::fill_n(clue.rows, blocks, Lanes{});
      for (size_t at = (size_t)group * m.rows; at < (size_t)(group + 1) * m.rows; at++) {
        norm_row<FIXED>(m, w, x + at * m.D, row);
        for (int b = 0; b < blocks; b++) {
          Lanes sum = {};
          for (int n = 0; n < m.N; n++) {
            const float c = gC[at * m.N + n];
            sum += c * w.q_proj[n * blocks + b];
            q_proj[n * blocks + b] += c * row.query[b];
          }
          query_bias[b] += sum, query_gain[b] += sum * row.query_normed[b];
          at_query[b] = sum * w.query_gain[b];
        }
        normalise_gradient<FIXED>(m, w, row.query_normed, row.query_scale, at_query);
        for (int b = 0; b < blocks; b++) {
          const Lanes all = load(gh + at * m.D + b * LANES, m.D - b * LANES) + at_query[b] * row.clue[b];
          clue[b] += at_query[b] * row.h[b];
          bias[b] += all, gain[b] += all * row.normed[b];
          at_h[b] = all * w.gain[b];
        }
        normalise_gradient<FIXED>(m, w, row.normed, row.scale, at_h);
        for (int b = 0; b < blocks; b++) store(gx + at * m.D + b * LANES, at_h[b], m.D - b * LANES);
      }
      for (int b = 0; b < blocks; b++) store(g.clue + (size_t)group * m.D + b * LANES, clue[b], m.D - b * LANES);
    }
#pragma omp critical
    {
      add_rows(g.gain, gain, 1, m.D), add_rows(g.bias, bias, 1, m.D), add_rows(g.query_gain, query_gain, 1, m.D);
      add_rows(g.query_bias, query_bias, 1, m.D), add_rows(g.q_proj, q_proj, m.N, m.D);
    }
  }
}

template <class Value>
void norm_query(const NormDims &m, const NormWeights &w, const float *x, Value *h, float *C) {
  if (blocks_of(m.D) == 3) return norm_query_rows<3>(m, w, x, h, C);
  norm_query_rows<0>(m, w, x, h, C);
}

template <class Value>
void norm_query_gradient(const NormDims &m, const NormWeights &w, const Value *gh, const float *gC, const float *x, float *gx,
                         const NormGradients &g) {
  if (blocks_of(m.D) == 3) return norm_query_rows_gradient<3>(m, w, gh, gC, x, gx, g);
  norm_query_rows_gradient<0>(m, w, gh, gC, x, gx, g);
}
