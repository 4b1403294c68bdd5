// ScenarioWords: the words of one line of a scenario, taken from the front. Internal to the scenario parser.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crdt/change.h"
#include "crdt/error.h"

namespace tidemark::sim {

// What is wrong with a line; thrown within the parser only.
struct BadLine {
  std::string got;
  std::string expected;
  std::string hint;
};

// For a word that is none of these.
BadLine unknown_word(const std::string& word, const std::string& expected, const std::vector<std::string>& choices);

template <class Map>
std::vector<std::string> keys_of(const Map& map) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : map) keys.push_back(key);
  return keys;
}

class ScenarioWords {
 public:
  // Words end at spaces; | > , and = are words of their own; a JSON value is one; # begins a comment.
  explicit ScenarioWords(std::string_view line);

  bool done() const { return at_ == words_.size(); }
  const std::string& peek() const;  // empty at the end
  std::string take(const std::string& expected);
  bool take_if(std::string_view word);
  void must_take(std::string_view word, const std::string& expected);
  void end();  // throws unless all words were taken

  Cell take_cell();              // task1.title: divided at the last dot
  Value take_value();            // as JSON
  std::int64_t take_duration();  // -90s, 5ms, 100y
  std::int64_t take_number(const std::string& expected);
  std::int64_t take_ppm();   // +500ppm
  std::int64_t take_date();  // 1970-01-01 or 1970-01-01T12:00:00, UTC, as ms since then
  std::string text() const;  // the line without its comment

 private:
  std::vector<std::string> words_;
  std::size_t at_ = 0;
  std::string text_;
};

}  // namespace tidemark::sim
