#include "crdt/value.h"

#include <cmath>

#include "crdt/json.h"
#include "crdt/limits.h"
#include "crdt/utf8.h"
#include "hlc/assert.h"

namespace tidemark {
namespace {

constexpr std::uint64_t sign_bit = 1ull << 63;
constexpr std::string_view bytes_open = "{\"$bytes\":\"";
constexpr std::string_view bytes_close = "\"}";

std::uint64_t integer_bits(std::int64_t integer) { return static_cast<std::uint64_t>(integer) ^ sign_bit; }

void append_big_endian(std::string& out, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(number >> shift & 0xff);
}

std::optional<Error> check_text(std::string_view text) {
  if (auto error = check_value_size(text.size())) return error;
  const std::size_t valid = utf8_prefix(text);
  if (valid == text.size()) return std::nullopt;
  return Error{"bad_utf8", "value", "'" + excerpt(text.substr(valid)) + "' at offset " + std::to_string(valid), "UTF-8",
               "Store what is not text as bytes."};
}

int compare(std::uint64_t a, std::uint64_t b) { return a < b ? -1 : a > b ? 1 : 0; }

}  // namespace

Value Value::boolean(bool value) {
  Value made;
  made.type_ = ValueType::boolean;
  made.integer_ = value ? 1 : 0;
  return made;
}

Value Value::integer(std::int64_t value) {
  Value made;
  made.type_ = ValueType::integer;
  made.integer_ = value;
  return made;
}

Value Value::real(double value) {
  Value made;
  made.type_ = ValueType::real;
  made.real_ = canonical_real(value);
  return made;
}

Result<Value> Value::text(std::string utf8) {
  if (auto error = check_text(utf8)) return *std::move(error);
  return from_string(ValueType::text, std::move(utf8));
}

Result<Value> Value::bytes(std::string raw) {
  if (auto error = check_value_size(raw.size())) return *std::move(error);
  return from_string(ValueType::bytes, std::move(raw));
}

Result<Value> Value::json(std::string_view json_text) {
  auto canonical = canonical_json(json_text);
  if (!canonical) return canonical.error();
  if (!is_json_container(*canonical)) {
    return Error{"not_a_container", "value", excerpt(*canonical), "a JSON object or array",
                 "Numbers, strings, true, false and null have types of their own."};
  }
  if (auto error = check_value_size(canonical->size())) return *std::move(error);
  return from_string(ValueType::json, std::move(*canonical));
}

Value Value::from_string(ValueType type, std::string string) {
  Value made;
  made.type_ = type;
  made.string_ = std::move(string);
  return made;
}

Result<Value> Value::from_json(std::string_view json_text) {
  auto canonical = canonical_json(json_text);
  if (!canonical) return canonical.error();
  const std::string_view text = *canonical;
  switch (text.front()) {
    case 'n':
      return null();
    case 't':
      return boolean(true);
    case 'f':
      return boolean(false);
    case '"': {
      auto said = unquote_json(text);
      TIDEMARK_ASSERT(said);
      return Value::text(std::move(*said));
    }
    case '{':
    case '[':
      break;
    default: {
      const auto number = parse_number(text);
      if (const auto* whole = std::get_if<std::int64_t>(&number)) return integer(*whole);
      return real(std::get<double>(number));
    }
  }
  if (text.substr(0, bytes_open.size()) == bytes_open) {
    // Base64 has no quotes, so text with a second member never decodes.
    auto raw = from_base64(text.substr(bytes_open.size(), text.size() - bytes_open.size() - bytes_close.size()));
    if (raw) return bytes(std::move(*raw));
  }
  if (auto error = check_value_size(text.size())) return *std::move(error);
  return from_string(ValueType::json, std::move(*canonical));
}

std::string Value::to_json() const {
  switch (type_) {
    case ValueType::null:
      return "null";
    case ValueType::boolean:
      return integer_ != 0 ? "true" : "false";
    case ValueType::integer:
      return std::to_string(integer_);
    case ValueType::real:
      return std::isfinite(real_) ? format_double(real_) : "null";
    case ValueType::text:
      return quote_json(string_);
    case ValueType::bytes:
      return std::string(bytes_open) + to_base64(string_) + std::string(bytes_close);
    case ValueType::json:
      break;
  }
  return string_;
}

bool Value::as_boolean() const {
  TIDEMARK_ASSERT(type_ == ValueType::boolean);
  return integer_ != 0;
}

std::int64_t Value::as_integer() const {
  TIDEMARK_ASSERT(type_ == ValueType::integer);
  return integer_;
}

double Value::as_real() const {
  TIDEMARK_ASSERT(type_ == ValueType::real);
  return real_;
}

const std::string& Value::as_string() const {
  TIDEMARK_ASSERT(type_ == ValueType::text || type_ == ValueType::bytes || type_ == ValueType::json);
  return string_;
}

Value::Value(const ValueView& view)
    : type_(view.type), integer_(view.integer), real_(view.real), string_(view.string) {}

Result<Value> Value::from_canonical(ValueType type, std::string_view payload) {
  const auto view = ValueView::from_canonical(type, payload);
  if (!view) return view.error();
  return Value(*view);
}

std::string Value::canonical_bytes() const {
  std::string out(1, static_cast<char>(type_));
  out.reserve(1 + payload_size());
  switch (type_) {
    case ValueType::null:
      break;
    case ValueType::boolean:
      out += static_cast<char>(integer_);
      break;
    case ValueType::integer:
      append_big_endian(out, integer_bits(integer_));
      break;
    case ValueType::real:
      append_big_endian(out, real_bits(real_));
      break;
    case ValueType::text:
    case ValueType::bytes:
    case ValueType::json:
      out += string_;
      break;
  }
  return out;
}

std::size_t Value::payload_size() const {
  switch (type_) {
    case ValueType::null:
      return 0;
    case ValueType::boolean:
      return 1;
    case ValueType::integer:
    case ValueType::real:
      return 8;
    default:
      return string_.size();
  }
}

bool operator==(const Value& a, const Value& b) { return compare_canonical(a, b) == 0; }

int compare_canonical(const Value& a, const Value& b) {
  if (a.type() != b.type()) return a.type() < b.type() ? -1 : 1;
  switch (a.type()) {
    case ValueType::null:
      return 0;
    case ValueType::boolean:
      return compare(a.as_boolean(), b.as_boolean());
    case ValueType::integer:
      return compare(integer_bits(a.as_integer()), integer_bits(b.as_integer()));
    case ValueType::real:
      return compare(real_bits(a.as_real()), real_bits(b.as_real()));
    default:
      return a.as_string().compare(b.as_string());
  }
}

}  // namespace tidemark
