#include "hlc/stamp.h"

#include <chrono>

#include "hlc/assert.h"

namespace tidemark {
namespace {

constexpr std::uint64_t ms_per_day = 86'400'000;

// Where the parts of the text form begin.
constexpr std::size_t counter_at = 25;
constexpr std::size_t node_at = 30;

void put_hex(char* out, std::uint64_t value, std::size_t digits) {
  for (std::size_t i = digits; i-- > 0; value >>= 4) out[i] = "0123456789abcdef"[value & 15];
}

void put_decimal(char* out, std::uint64_t value, std::size_t digits) {
  for (std::size_t i = digits; i-- > 0; value /= 10) out[i] = static_cast<char>('0' + value % 10);
}

std::optional<std::uint64_t> read_hex(std::string_view text) {
  std::uint64_t value = 0;
  for (const char c : text) {
    const bool decimal = c >= '0' && c <= '9';
    if (!decimal && (c < 'a' || c > 'f')) return std::nullopt;
    value = value << 4 | static_cast<std::uint64_t>(decimal ? c - '0' : c - 'a' + 10);
  }
  return value;
}

std::optional<unsigned> read_decimal(std::string_view text, unsigned limit) {
  unsigned value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  if (value > limit) return std::nullopt;
  return value;
}

// "2026-11-20T14:40:12.345Z"
std::optional<std::uint64_t> read_time(std::string_view text) {
  if (text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':' || text[19] != '.' ||
      text[23] != 'Z') {
    return std::nullopt;
  }
  const auto year = read_decimal(text.substr(0, 4), 9999);
  const auto month = read_decimal(text.substr(5, 2), 12);
  const auto day = read_decimal(text.substr(8, 2), 31);
  const auto hour = read_decimal(text.substr(11, 2), 23);
  const auto minute = read_decimal(text.substr(14, 2), 59);
  const auto second = read_decimal(text.substr(17, 2), 59);
  const auto milli = read_decimal(text.substr(20, 3), 999);
  if (!year || !month || !day || !hour || !minute || !second || !milli || *year < 1970) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)), std::chrono::month(*month),
                                         std::chrono::day(*day)};
  if (!date.ok()) return std::nullopt;
  const auto days = static_cast<std::uint64_t>(std::chrono::sys_days(date).time_since_epoch().count());
  return days * ms_per_day + ((*hour * 60ull + *minute) * 60ull + *second) * 1000ull + *milli;
}

}  // namespace

std::string to_string(NodeId node) {
  std::string text(16, '0');
  put_hex(text.data(), node.value, 16);
  return text;
}

std::optional<NodeId> parse_node(std::string_view text) {
  if (text.size() != 16) return std::nullopt;
  const auto value = read_hex(text);
  if (!value) return std::nullopt;
  return NodeId{*value};
}

StampBytes encode_stamp(const Stamp& stamp) {
  TIDEMARK_ASSERT(stamp.ms <= max_stamp_ms);
  StampBytes bytes{};
  const std::uint64_t time = stamp.ms << 16 | stamp.counter;
  for (std::size_t i = 0; i < 8; ++i) {
    bytes[i] = static_cast<std::uint8_t>(time >> (56 - 8 * i));
    bytes[8 + i] = static_cast<std::uint8_t>(stamp.node.value >> (56 - 8 * i));
  }
  return bytes;
}

std::optional<Stamp> decode_stamp(const StampBytes& bytes) {
  std::uint64_t time = 0;
  std::uint64_t node = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    time = time << 8 | bytes[i];
    node = node << 8 | bytes[8 + i];
  }
  if (time >> 16 > max_stamp_ms) return std::nullopt;
  return Stamp{time >> 16, static_cast<std::uint16_t>(time & 0xffff), NodeId{node}};
}

std::string to_string(const Stamp& stamp) {
  TIDEMARK_ASSERT(stamp.ms <= max_stamp_ms);
  std::string text = "0000-00-00T00:00:00.000Z-0000-0000000000000000";
  const std::chrono::sys_days day{std::chrono::days(static_cast<int>(stamp.ms / ms_per_day))};
  const std::chrono::year_month_day date{day};
  const std::uint64_t in_day = stamp.ms % ms_per_day;
  char* const out = text.data();
  put_decimal(out, static_cast<unsigned>(static_cast<int>(date.year())), 4);
  put_decimal(out + 5, static_cast<unsigned>(date.month()), 2);
  put_decimal(out + 8, static_cast<unsigned>(date.day()), 2);
  put_decimal(out + 11, in_day / 3'600'000, 2);
  put_decimal(out + 14, in_day / 60'000 % 60, 2);
  put_decimal(out + 17, in_day / 1000 % 60, 2);
  put_decimal(out + 20, in_day % 1000, 3);
  put_hex(out + counter_at, stamp.counter, 4);
  put_hex(out + node_at, stamp.node.value, 16);
  return text;
}

std::optional<Stamp> parse_stamp(std::string_view text) {
  if (text.size() != stamp_text_size || text[counter_at - 1] != '-' || text[node_at - 1] != '-') return std::nullopt;
  const auto ms = read_time(text);
  const auto counter = read_hex(text.substr(counter_at, 4));
  const auto node = read_hex(text.substr(node_at));
  if (!ms || !counter || !node) return std::nullopt;
  return Stamp{*ms, static_cast<std::uint16_t>(*counter), NodeId{*node}};
}

}  // namespace tidemark
