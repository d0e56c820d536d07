// Vectors of channels, their loads and stores in f32 and bf16, and the functions that CrossMamba needs of them.
//
// Built without -ffast-math on purpose: values that are not finite must stay visible to the training loop.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>

#if defined(__AVX512F__) && defined(__AVX512DQ__)
#include <immintrin.h>
#define CROSSMAMBA_AVX512 1
constexpr int LANES = 16;
#else
constexpr int LANES = 8;  // what is narrower in the machine, the compiler splits
#endif

typedef float Lanes __attribute__((vector_size(LANES * sizeof(float))));
typedef std::uint32_t Words __attribute__((vector_size(LANES * sizeof(float))));
typedef std::uint16_t Halves __attribute__((vector_size(LANES * sizeof(std::uint16_t))));

struct Bf16 {
  std::uint16_t bits;
};

inline Lanes widened(Halves bits) {
#ifdef CROSSMAMBA_AVX512
  return (Lanes)_mm512_slli_epi32(_mm512_cvtepu16_epi32((__m256i)bits), 16);
#else
  return (Lanes)(__builtin_convertvector(bits, Words) << 16);
#endif
}

// To the nearest, ties to even; NaN stays NaN.
inline Halves narrowed(Lanes v) {
#if defined(CROSSMAMBA_AVX512) && defined(__AVX512BF16__)
  return (Halves)_mm512_cvtneps_pbh(v);
#else
  const Words bits = (Words)v, rounded = bits + 0x7fff + ((bits >> 16) & 1);
  return __builtin_convertvector((v == v ? rounded : bits | 0x400000) >> 16, Halves);
#endif
}

// The first `count` of a row, zeros after them.
inline Lanes load(const float *from, int count = LANES) {
  Lanes v = {};
  if (count >= LANES)
    std::memcpy(&v, from, sizeof v);
  else
    std::memcpy(&v, from, sizeof(float) * count);
  return v;
}

inline Lanes load(const Bf16 *from, int count = LANES) {
  Halves v = {};
  if (count >= LANES)
    std::memcpy(&v, from, sizeof v);
  else
    std::memcpy(&v, from, sizeof(Bf16) * count);
  return widened(v);
}

inline void store(float *to, Lanes v, int count = LANES) {
  if (count >= LANES)
    std::memcpy(to, &v, sizeof v);
  else
    std::memcpy(to, &v, sizeof(float) * count);
}

inline void store(Bf16 *to, Lanes v, int count = LANES) {
  const Halves bits = narrowed(v);
  if (count >= LANES)
    std::memcpy(to, &bits, sizeof bits);
  else
    std::memcpy(to, &bits, sizeof(Bf16) * count);
}

inline float total(Lanes v) {
#ifdef CROSSMAMBA_AVX512
  return _mm512_reduce_add_ps(v);
#else
  float values[LANES], sum = 0.f;
  std::memcpy(values, &v, sizeof v);
#pragma omp simd reduction(+ : sum)
  for (int i = 0; i < LANES; i++) sum += values[i];
  return sum;
#endif
}

// Zeroed vectors of channels.
struct Rows {
  std::unique_ptr<std::byte[]> memory;
  Lanes *rows;
  explicit Rows(size_t count) : memory(new std::byte[(count + 1) * sizeof(Lanes)]()) {
    const auto at = reinterpret_cast<std::uintptr_t>(memory.get());
    rows = reinterpret_cast<Lanes *>((at + sizeof(Lanes) - 1) / sizeof(Lanes) * sizeof(Lanes));
  }
  operator Lanes *() { return rows; }
  operator const Lanes *() const { return rows; }
};

inline int blocks_of(int channels) { return (channels + LANES - 1) / LANES; }

// 2^x, relative error about 2e-7: 2^floor(x) times a polynomial of the rest. NaN stays NaN.
inline Lanes power_of_two(Lanes x) {
#ifdef CROSSMAMBA_AVX512
  const Lanes r = _mm512_reduce_ps(x, 1);
#else
  x = x < -126.f ? Lanes{} - 126.f : x;
  x = x > 126.f ? Lanes{} + 126.f : x;
  const Lanes shifted = x - 0.5f + 12582912.f;  // rounds to an integer that lies in the low bits
  const Lanes r = x - (shifted - 12582912.f);
#endif
  Lanes p = r * 1.87757656e-3f + 8.98934038e-3f;
  p = p * r + 5.58263178e-2f;
  p = p * r + 2.40153617e-1f;
  p = p * r + 6.93153073e-1f;
  p = p * r + 9.99999925e-1f;
#ifdef CROSSMAMBA_AVX512
  return _mm512_scalef_ps(p, x);
#else
  return (Lanes)((Words)p + ((Words)shifted << 23));
#endif
}

constexpr float LOG2_E = 1.44269504f, LN_2 = 0.693147181f;

inline Lanes sigmoid(Lanes x) { return 1.f / (1.f + power_of_two(x * -LOG2_E)); }

// log(1 + exp(x)) without overflow: max(x, 0) + log1p(y), y = exp(−|x|), log1p(y) / y a polynomial. `sigmoid_of_x` where it is not null.
inline Lanes softplus(Lanes x, Lanes *sigmoid_of_x) {
  const Lanes y = power_of_two((x > 0.f ? -x : x) * LOG2_E);
  Lanes p = y * 5.23268298e-3f - 2.95051936e-2f;
  p = p * y + 7.82258783e-2f;
  p = p * y - 1.36632396e-1f;
  p = p * y + 1.91060038e-1f;
  p = p * y - 2.48429815e-1f;
  p = p * y + 3.33190967e-1f;
  p = p * y - 4.99994931e-1f;
  p = p * y + 9.9999997e-1f;
  if (sigmoid_of_x) *sigmoid_of_x = (x > 0.f ? Lanes{} + 1.f : y) / (1.f + y);
  return (x > 0.f ? x : Lanes{}) + p * y;
}
