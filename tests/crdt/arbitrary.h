// Generators of values and changes for property tests. Stamps, cells and values come from small sets,
// so that equal stamps, equal cells and equal values meet often.
#pragma once

#include <rapidcheck.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "crdt/change.h"
#include "crdt/json.h"
#include "hlc/assert.h"
#include "tests/hlc/arbitrary.h"

namespace tidemark {

// Text of characters that are awkward somewhere: in JSON, in UTF-8, in C.
inline rc::Gen<std::string> arbitrary_text() {
  const auto characters =
      rc::gen::elementOf(std::vector<std::string>{"a",          "b",         "~",      " ",      "\"",
                                                  "\\",         "/",         "\n",     "\t",     std::string(1, '\0'),
                                                  "\x1f",       "\x7f",      "\u00e9", "\u07ff", "\u0800",
                                                  "\u2028",     "\ud7ff",    "\ue000", "\uffff", "\U00010000",
                                                  "\U0001f600", "\U0010ffff"});
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(characters),
                      [](const std::vector<std::string>& list) {
                        std::string text;
                        for (const auto& character : list) text += character;
                        return text;
                      });
}

inline rc::Gen<double> arbitrary_finite() {
  return rc::gen::suchThat(
      rc::gen::oneOf(rc::gen::arbitrary<double>(),
                     rc::gen::map(rc::gen::arbitrary<std::int16_t>(), [](int n) { return n / 8.0; }),
                     rc::gen::elementOf(std::vector<double>{0.0, -0.0, 1e16, 1e-5, 5e-324, 1.5e308})),
      [](double number) { return std::isfinite(number); });
}

// A JSON text in an arbitrary spelling, at most `depth` levels deep.
inline std::string arbitrary_json(int depth) {
  const std::string gap = *rc::gen::elementOf(std::vector<std::string>{"", "", " ", "\n\t"});
  switch (*rc::gen::inRange(0, depth > 0 ? 6 : 4)) {
    case 0:
      return gap + *rc::gen::elementOf(std::vector<std::string>{"null", "true", "false"});
    case 1:
      return gap + std::to_string(*rc::gen::arbitrary<std::int64_t>());
    case 2:
      return format_double(*arbitrary_finite()) + gap;
    case 3:
      return quote_json(*arbitrary_text());
    case 4: {
      std::string text = "[" + gap;
      const int count = *rc::gen::inRange(0, 4);
      for (int i = 0; i < count; ++i) text += (i > 0 ? "," + gap : "") + arbitrary_json(depth - 1);
      return text + gap + "]";
    }
    default: {
      std::string text = "{" + gap;
      const int count = *rc::gen::inRange(0, 4);
      for (int i = 0; i < count; ++i) {
        // Keys are unlike and in no order.
        const std::string key = *arbitrary_text() + static_cast<char>('0' + (i * 7 + 3) % 4);
        text += (i > 0 ? "," + gap : "") + quote_json(key) + gap + ":" + arbitrary_json(depth - 1);
      }
      return text + gap + "}";
    }
  }
}

inline Value must(Result<Value> made) {
  TIDEMARK_ASSERT(made);
  return std::move(*made);
}

inline rc::Gen<Value> arbitrary_value() {
  return rc::gen::exec([] {
    switch (*rc::gen::inRange(0, 8)) {
      case 0:
        return Value::null();
      case 1:
        return Value::boolean(*rc::gen::arbitrary<bool>());
      case 2:
        return Value::integer(*rc::gen::arbitrary<std::int64_t>());
      case 3:
        return Value::integer(*rc::gen::inRange<std::int64_t>(-2, 3));
      case 4:
        return Value::real(*arbitrary_finite());
      case 5:
        return must(Value::text(*arbitrary_text()));
      case 6:
        return must(Value::bytes(*rc::gen::arbitrary<std::string>()));
      default:
        return must(Value::json("[" + arbitrary_json(2) + "]"));
    }
  });
}

// A change to few cells with one of few stamps, of few nodes.
inline rc::Gen<Change> arbitrary_change() {
  return rc::gen::exec([] {
    const auto few_stamps = rc::gen::construct<Stamp>(
        rc::gen::inRange<std::uint64_t>(0, 3), rc::gen::inRange<std::uint16_t>(0, 2),
        rc::gen::map(rc::gen::inRange<std::uint64_t>(0, 3), [](std::uint64_t value) { return NodeId{value}; }));
    Draft draft;
    const int count = *rc::gen::inRange(1, 4);
    for (int i = 0; i < count; ++i) {
      const Cell cell{*rc::gen::elementOf(std::vector<std::string>{"e", "f"}),
                      *rc::gen::elementOf(std::vector<std::string>{"x", "y"})};
      draft.writes.push_back({cell, Value::integer(*rc::gen::inRange<std::int64_t>(0, 3))});
    }
    auto change = canonical_change(std::move(draft));
    TIDEMARK_ASSERT(change);
    change->stamp = *few_stamps;
    for (Event& event : change->events) {
      if (*rc::gen::arbitrary<bool>()) event.base = *few_stamps;
    }
    return std::move(*change);
  });
}

// So that counterexamples print themselves.
inline void showValue(const Value& value, std::ostream& out) { out << value.to_json(); }
inline void showValue(const Change& change, std::ostream& out) {
  out << to_string(change.stamp);
  for (const Event& event : change.events) {
    out << ' ' << event.cell.entity << '.' << event.cell.attribute << '=' << event.value.to_json();
    if (event.base) out << " after " << to_string(*event.base);
  }
}

}  // namespace tidemark
