// Sometimes: rare situations that a good search must reach at least once. A point that is never reached says that the
// simulator does not look there, and what is not looked at is not known to work.
//
// The idea is that of "sometimes assertions" (Antithesis; FoundationDB's probes). The points are named in points.inc; they
// are all seen from outside, by watching the world: the engine holds no code for them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tidemark::sim {

enum class Point : std::uint8_t {
#define TIDEMARK_POINT(name, sentence) name,
#include "sim/points.inc"
#undef TIDEMARK_POINT
};
inline constexpr std::size_t point_count = 0
#define TIDEMARK_POINT(name, sentence) +1
#include "sim/points.inc"
#undef TIDEMARK_POINT
    ;

std::string_view name_of(Point point);      // lower_snake_case
std::string_view sentence_of(Point point);  // when it counts as reached
std::optional<Point> point_of(std::string_view name);

using Reached = std::array<std::uint64_t, point_count>;  // how often, by point

}  // namespace tidemark::sim
