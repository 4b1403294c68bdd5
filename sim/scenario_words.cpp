#include "sim/scenario_words.h"

#include <algorithm>
#include <charconv>
#include <numeric>

#include "hlc/stamp.h"

namespace tidemark::sim {
namespace {

constexpr std::int64_t day_ms = 86'400'000;
constexpr std::pair<std::string_view, std::int64_t> units[] = {
    {"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}, {"d", day_ms}, {"y", 36'525 * day_ms / 100}};
constexpr std::int64_t amount_max = 10'000 * day_ms * 366;

bool ends_word(char c) { return c == ' ' || c == '\t' || c == ',' || c == '|' || c == '>' || c == '='; }

// Bytes of the JSON text at the front: a string, or an array or object with all that is in it.
std::size_t json_size(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '\\') {
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && (c == '{' || c == '[')) {
      ++depth;
    } else if (!quoted && (c == '}' || c == ']')) {
      --depth;
    }
    if (!quoted && depth <= 0) return i + 1;
  }
  return text.size();
}

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t(0));
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

// A whole number with an optional sign at the front, which is taken off.
std::optional<std::int64_t> leading_number(std::string_view& text) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number > amount_max || number < -amount_max) return std::nullopt;
  text.remove_prefix(std::size_t(end - text.data()));
  return number;
}

// The one of these that is nearest to a word, or nothing if none is near.
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& choices) {
  const auto best = std::min_element(choices.begin(), choices.end(), [&](const std::string& a, const std::string& b) {
    return distance(word, a) < distance(word, b);
  });
  if (best == choices.end() || distance(word, *best) > std::max<std::size_t>(best->size() / 2, 1)) return std::nullopt;
  return *best;
}

}  // namespace

BadLine unknown_word(const std::string& word, const std::string& expected, const std::vector<std::string>& choices) {
  const auto near = nearest(word, choices);
  return {word, expected, near ? "Did you mean " + *near + "?" : ""};
}

ScenarioWords::ScenarioWords(std::string_view line) {
  std::size_t end = 0;
  for (std::size_t i = 0; i < line.size();) {
    if (line[i] == ' ' || line[i] == '\t') {
      ++i;
      continue;
    }
    if (line[i] == '#') break;
    std::size_t size = 1;
    if (line[i] == '"' || line[i] == '{' || line[i] == '[') {
      size = json_size(line.substr(i));
    } else if (!ends_word(line[i])) {
      while (i + size < line.size() && !ends_word(line[i + size])) ++size;
    }
    words_.emplace_back(line.substr(i, size));
    i += size;
    end = i;
  }
  const std::size_t begin = std::min(line.find_first_not_of(" \t"), end);
  text_ = std::string(line.substr(begin, end - begin));
}

std::string ScenarioWords::text() const { return text_; }

const std::string& ScenarioWords::peek() const {
  static const std::string nothing;
  return done() ? nothing : words_[at_];
}

std::string ScenarioWords::take(const std::string& expected) {
  if (done()) throw BadLine{"the end of the line", expected, ""};
  return words_[at_++];
}

bool ScenarioWords::take_if(std::string_view word) {
  if (peek() != word) return false;
  ++at_;
  return true;
}

void ScenarioWords::must_take(std::string_view word, const std::string& expected) {
  if (take_if(word)) return;
  throw BadLine{done() ? "the end of the line" : peek(), expected, ""};
}

void ScenarioWords::end() {
  if (!done()) throw BadLine{peek(), "the end of the line", ""};
}

Cell ScenarioWords::take_cell() {
  const std::string word = take("a cell like task1.title");
  const std::size_t dot = word.rfind('.');
  if (dot == std::string::npos) throw BadLine{word, "a cell like task1.title", ""};
  Cell cell{word.substr(0, dot), word.substr(dot + 1)};
  if (check_cell(cell)) throw BadLine{word, "a cell like task1.title", ""};
  return cell;
}

Value ScenarioWords::take_value() {
  const std::string word = take("a value in JSON");
  Result<Value> value = Value::from_json(word);
  if (!value) throw BadLine{word, "a value in JSON", "Texts stand in quotation marks."};
  return std::move(*value);
}

std::int64_t ScenarioWords::take_duration() {
  const std::string word = take("a duration like 5s, -2h or 100y");
  std::string_view rest = word;
  const auto number = leading_number(rest);
  const auto unit =
      std::find_if(std::begin(units), std::end(units), [&](const auto& one) { return one.first == rest; });
  if (!number || unit == std::end(units) || *number > amount_max / unit->second || *number < -amount_max / unit->second)
    throw BadLine{word, "a duration like 5s, -2h or 100y", "Units are ms, s, m, h, d and y."};
  return *number * unit->second;
}

std::int64_t ScenarioWords::take_number(const std::string& expected) {
  const std::string word = take(expected);
  std::string_view rest = word;
  const auto number = leading_number(rest);
  if (!number || !rest.empty() || *number < 0) throw BadLine{word, expected, ""};
  return *number;
}

std::int64_t ScenarioWords::take_ppm() {
  const std::string word = take("a drift like +500ppm");
  std::string_view rest = word;
  const auto number = leading_number(rest);
  if (!number || rest != "ppm" || *number < -900'000 || *number > 10'000'000)
    throw BadLine{word, "a drift like +500ppm", ""};
  return *number;
}

std::int64_t ScenarioWords::take_date() {
  const std::string word = take("a date like 1970-01-01");
  const std::string time = word.size() == 10 ? word + "T00:00:00" : word;
  const auto stamp = parse_stamp(time + ".000Z-0000-0000000000000000");
  if (!stamp) throw BadLine{word, "a date like 1970-01-01 or 2026-11-18T12:00:00", ""};
  return std::int64_t(stamp->ms);
}

}  // namespace tidemark::sim
