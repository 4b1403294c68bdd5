// Generators of stamps for property tests. Small numbers collide often, large ones reach the edges.
#pragma once

#include <rapidcheck.h>

#include <vector>

#include "hlc/stamp.h"

namespace rc {

template <>
struct Arbitrary<tidemark::NodeId> {
  static Gen<tidemark::NodeId> arbitrary() {
    const auto any =
        gen::oneOf(gen::inRange<std::uint64_t>(0, 3), gen::arbitrary<std::uint64_t>(),
                   gen::elementOf(std::vector<std::uint64_t>{~0ull, ~0ull - 1, 1ull << 63, (1ull << 63) - 1}));
    return gen::map(any, [](std::uint64_t value) { return tidemark::NodeId{value}; });
  }
};

template <>
struct Arbitrary<tidemark::Stamp> {
  static Gen<tidemark::Stamp> arbitrary() {
    constexpr std::uint64_t end = tidemark::max_stamp_ms;
    const auto ms =
        gen::oneOf(gen::inRange<std::uint64_t>(0, 3), gen::inRange<std::uint64_t>(0, end + 1),
                   gen::elementOf(std::vector<std::uint64_t>{end, end - 1, 0xffff'ffff, 0x1'0000'0000, 999, 1000}));
    const auto counter = gen::oneOf(gen::inRange<std::uint16_t>(0, 3), gen::arbitrary<std::uint16_t>(),
                                    gen::elementOf(std::vector<std::uint16_t>{0xffff, 0xfffe, 0xff, 0x100}));
    return gen::construct<tidemark::Stamp>(ms, counter, gen::arbitrary<tidemark::NodeId>());
  }
};

}  // namespace rc

namespace tidemark {

// So that a counterexample prints itself.
inline void showValue(const Stamp& stamp, std::ostream& out) { out << to_string(stamp); }

inline int sign(std::strong_ordering order) { return order < 0 ? -1 : order > 0 ? 1 : 0; }
inline int sign(int order) { return order < 0 ? -1 : order > 0 ? 1 : 0; }

}  // namespace tidemark
