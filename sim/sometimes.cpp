#include "sim/sometimes.h"

namespace tidemark::sim {
namespace {

struct Text {
  std::string_view name;
  std::string_view sentence;
};
constexpr Text texts[] = {
#define TIDEMARK_POINT(name, sentence) {#name, sentence},
#include "sim/points.inc"
#undef TIDEMARK_POINT
};

}  // namespace

std::string_view name_of(Point point) { return texts[std::size_t(point)].name; }
std::string_view sentence_of(Point point) { return texts[std::size_t(point)].sentence; }

std::optional<Point> point_of(std::string_view name) {
  for (std::size_t i = 0; i < point_count; ++i) {
    if (texts[i].name == name) return Point(i);
  }
  return std::nullopt;
}

}  // namespace tidemark::sim
