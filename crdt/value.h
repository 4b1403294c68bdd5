// What one attribute can hold: null, bool, int64, double, text, bytes or JSON.
//
// A Value is always canonical: -0.0 became 0.0, every NaN the one quiet NaN, text is UTF-8, a JSON
// value is the canonical text of an object or an array. So two values are the same exactly when
// their canonical bytes are, and every replica stores and sends the same bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "crdt/bytes.h"
#include "crdt/error.h"
#include "crdt/value_view.h"

namespace tidemark {

class Value {
 public:
  Value() = default;  // null
  explicit Value(const ValueView& view);
  static Value null() { return {}; }
  static Value boolean(bool value);
  static Value integer(std::int64_t value);
  static Value real(double value);              // canonicalises NaN and -0.0
  static Result<Value> text(std::string utf8);  // bad_utf8, too_large
  static Result<Value> bytes(std::string raw);  // too_large
  // An object or array in any spelling. canonical_json's errors, not_a_container, too_large.
  static Result<Value> json(std::string_view json_text);

  // The value that a JSON text says: containers become json, an integer token within int64 integer,
  // other numbers real. The object {"$bytes":"<base64>"} with this one member is bytes.
  static Result<Value> from_json(std::string_view json_text);
  // The JSON text of the value: canonical, so equal values print equally. Bytes print as
  // {"$bytes":"<base64, padded>"}; NaN and infinities, which JSON lacks, print as null.
  std::string to_json() const;

  ValueType type() const { return type_; }
  bool as_boolean() const;  // the type must match, here and below
  std::int64_t as_integer() const;
  double as_real() const;
  // Text, bytes or canonical JSON text. Valid while the value lives unchanged.
  const std::string& as_string() const;

  // Rebuilds a value from parts that came out of a format: only canonical parts are accepted, so
  // whoever decodes gets Error non_canonical_value instead of a second spelling of a value.
  // `payload` is laid out as in canonical_bytes, without the tag; one that exceeds the limit is too_large.
  static Result<Value> from_canonical(ValueType type, std::string_view payload);

  // Tag byte, then: null nothing; boolean 0 or 1; integer 8 bytes big-endian with the sign bit
  // flipped; real 8 bytes big-endian IEEE 754; text, bytes and json their bytes.
  // Equal stamps with different content are decided by the order of these bytes.
  std::string canonical_bytes() const;
  // Size of the payload in bytes: 0, 1, 8 or the string's length.
  std::size_t payload_size() const;

  friend bool operator==(const Value& a, const Value& b);

 private:
  static Value from_string(ValueType type, std::string string);

  ValueType type_ = ValueType::null;
  std::int64_t integer_ = 0;  // boolean and integer
  double real_ = 0;
  std::string string_;  // text, bytes, json
};

// < 0, 0 or > 0 as the canonical bytes of a lie before, at or after those of b. Allocates nothing.
int compare_canonical(const Value& a, const Value& b);

// RFC 4648 base64 with padding.
std::string to_base64(std::string_view raw);
std::optional<std::string> from_base64(std::string_view text);

}  // namespace tidemark
