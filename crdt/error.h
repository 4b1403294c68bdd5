// Error: how every layer says that something decided by others is not acceptable.
//
// Three kinds of failure, three mechanisms: bad input is a returned Error, a broken environment
// (disk, memory) is an exception, a broken invariant of ours is TIDEMARK_ASSERT.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace tidemark {

// May the same request be tried again?
enum class Retry { never, later, after_fix };

struct Error {
  std::string code;   // stable, lower_snake_case; scripts and other programs match on it
  std::string field;  // what was wrong: a name or place ("value", "event 7 base", "line 12")
  std::string got;    // what was found there, shortened
  std::string limit;  // what was expected
  std::string hint;   // one sentence: what to do
  Retry retry = Retry::never;
};

// "code: field: got X, expected Y. Hint." with the empty parts left out.
std::string to_string(const Error& error);

// Foreign text for `got`: cut to 40 bytes at a character, with "..." if something is missing; control
// characters and what is not UTF-8 become '?'. So an error can always be printed and sent.
std::string excerpt(std::string_view text);

// T or the reason why there is none. Small on purpose: has value, value, error.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}
  Result(Error error) : state_(std::move(error)) {}
  explicit operator bool() const { return state_.index() == 0; }
  T& operator*() { return std::get<0>(state_); }
  const T& operator*() const { return std::get<0>(state_); }
  T* operator->() { return &std::get<0>(state_); }
  const T* operator->() const { return &std::get<0>(state_); }
  const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

}  // namespace tidemark
