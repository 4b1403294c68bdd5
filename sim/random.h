// Rng: the generator behind every random number of a run. The same seed gives the same numbers on every platform, which
// the distributions of the standard library do not promise.
//
// xoshiro256** by Blackman and Vigna (2018), seeded by splitmix64.
#pragma once

#include <array>
#include <cstdint>

namespace tidemark::sim {

class Rng {
 public:
  // `stream` separates the generators of one run.
  explicit Rng(std::uint64_t seed, std::uint64_t stream = 0) {
    std::uint64_t x = seed ^ (stream * 0xd1342543de82ef95ULL);
    for (std::uint64_t& word : state_) {
      x += 0x9e3779b97f4a7c15ULL;
      std::uint64_t z = x;
      z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
      z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
      word = z ^ (z >> 31);
    }
  }

  std::uint64_t next() {
    const std::uint64_t result = turn(state_[1] * 5, 7) * 9;
    const std::uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = turn(state_[3], 45);
    return result;
  }

  // Uniform in [0, bound), bound >= 1; the bias of at most 2^-32 does not matter here.
  std::uint32_t below(std::uint32_t bound) { return std::uint32_t(((next() >> 32) * bound) >> 32); }
  // True in so many of a million cases.
  bool chance(std::uint32_t per_million) { return below(1'000'000) < per_million; }

 private:
  static std::uint64_t turn(std::uint64_t x, int by) { return (x << by) | (x >> (64 - by)); }
  std::array<std::uint64_t, 4> state_{};
};

}  // namespace tidemark::sim
