#include "client/cli/when.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace tidemark::cli {
namespace {

// The first and the last millisecond of what a text names.
struct Span {
  std::int64_t first_ms = 0;
  std::int64_t last_ms = 0;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The calendar is that of stamps: "2026-11-20T14:40:12.345" as one that nobody wrote.
std::optional<std::int64_t> parse_ms(const std::string& date_and_time) {
  const auto stamp = parse_stamp(date_and_time + "Z-0000-0000000000000000");
  if (!stamp) return std::nullopt;
  return static_cast<std::int64_t>(stamp->ms);
}

// "Z", "+01:00" or "-08:30" as what has to be taken off to get UTC.
std::optional<std::int64_t> parse_zone_ms(std::string_view text) {
  if (text == "Z") return 0;
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
  for (const std::size_t at : {1, 2, 4, 5}) {
    if (!is_digit(text[at])) return std::nullopt;
  }
  const int hours = (text[1] - '0') * 10 + text[2] - '0';
  const int minutes = (text[4] - '0') * 10 + text[5] - '0';
  if (hours > 23 || minutes > 59) return std::nullopt;
  return (text[0] == '-' ? -60'000 : 60'000) * std::int64_t(hours * 60 + minutes);
}

std::optional<Span> parse_time(std::string_view text) {
  constexpr std::size_t date_size = 10;
  constexpr std::size_t seconds_size = 19;
  std::string first(text.substr(0, seconds_size));
  std::string last = first;
  std::optional<std::int64_t> zone_ms = 0;
  if (text.size() == date_size) {
    first += "T00:00:00.000";
    last += "T23:59:59.999";
  } else {
    text.remove_prefix(first.size());
    std::string digits;
    if (!text.empty() && text.front() == '.') {
      const auto end = std::find_if_not(text.begin() + 1, text.end(), is_digit);
      digits.assign(text.begin() + 1, end);
      if (digits.empty()) return std::nullopt;
      text.remove_prefix(1 + digits.size());
    }
    digits.resize(std::min<std::size_t>(digits.size(), 3));
    first += "." + digits + std::string(3 - digits.size(), '0');
    last += "." + digits + std::string(3 - digits.size(), '9');
    zone_ms = parse_zone_ms(text);
  }
  const auto first_ms = parse_ms(first);
  const auto last_ms = parse_ms(last);
  if (!first_ms || !last_ms || !zone_ms) return std::nullopt;
  return Span{*first_ms - *zone_ms, *last_ms - *zone_ms};
}

}  // namespace

Result<When> read_when(std::string_view text) {
  if (text == "now") return When(Stamp{max_stamp_ms, UINT16_MAX, NodeId{UINT64_MAX}});
  if (const auto stamp = parse_stamp(text)) return When(*stamp);
  if (const auto time = parse_time(text)) return When(WallTime{time->last_ms});
  if (text.size() > 1 && text.front() == '#') {
    std::uint64_t n = 0;
    const auto [end, failure] = std::from_chars(text.data() + 1, text.data() + text.size(), n);
    if (failure == std::errc() && end == text.data() + text.size()) return When(NthChange{n});
  }
  return Error{"bad_when",
               "WHEN",
               excerpt(text),
               "a stamp, a time like 2026-11-20T14:40:12Z, a date, '#3' for the third change, or now",
               "Times are UTC or have an offset: 2026-11-20T15:40:12+01:00",
               Retry::after_fix};
}

Result<std::int64_t> read_time_from(std::string field, std::string_view text) {
  if (const auto time = parse_time(text)) return time->first_ms;
  return Error{"bad_time", std::move(field), excerpt(text), "a time like 2026-11-20T14:40:12Z, or a date",
               "",         Retry::after_fix};
}

Result<Stamp> read_stamp(std::string field, std::string_view text) {
  if (const auto stamp = parse_stamp(text)) return *stamp;
  return Error{"bad_stamp", std::move(field), excerpt(text), "46 characters as `tidemark set` prints them",
               "",          Retry::after_fix};
}

Result<std::optional<Stamp>> stamp_flag(const Args& args, const char* flag) {
  const auto text = args.value(flag);
  if (!text) return std::optional<Stamp>();
  const Result<Stamp> stamp = read_stamp(flag, *text);
  if (!stamp) return stamp.error();
  return std::optional(*stamp);
}

const char when_help[] = R"(WHEN is
  a stamp, as `set` and `timeline` print them
  a time: 2026-11-20T14:40:12.345Z, 2026-11-20T14:40:12Z, 2026-11-20T15:40:12+01:00; or a UTC date: 2026-11-20.
    What is written until the end of that millisecond, second or day counts
  '#3', the third change of the entity, or, where no entity is named, of the file; with quotes, or a shell takes
    it for a remark
  now
)";

}  // namespace tidemark::cli
