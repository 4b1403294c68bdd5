#include "crdt/value_view.h"

#include <cmath>
#include <cstring>

#include "crdt/json.h"
#include "crdt/limits.h"
#include "crdt/utf8.h"

namespace tidemark {
namespace {

constexpr std::uint64_t sign_bit = 1ull << 63;
constexpr std::uint64_t quiet_nan = 0x7ff8'0000'0000'0000;

double real_of(std::uint64_t bits) {
  double number = 0;
  std::memcpy(&number, &bits, sizeof number);
  return number;
}

std::uint64_t read_big_endian(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char c : bytes) number = number << 8 | static_cast<std::uint8_t>(c);
  return number;
}

Error non_canonical(const char* expected) {
  return {"non_canonical_value", "value", {}, expected, "Whoever wrote this does not keep to the format."};
}

ValueView of_number(ValueType type, std::int64_t integer) { return {type, integer, 0, {}}; }
ValueView of_string(ValueType type, std::string_view string) { return {type, 0, 0, string}; }

}  // namespace

std::optional<Error> check_value_size(std::size_t size) {
  if (size <= max_value_bytes) return std::nullopt;
  return Error{"too_large", "value", std::to_string(size) + " bytes",
               "at most " + std::to_string(max_value_bytes) + " bytes",
               "Split the value, or store it elsewhere and keep a reference."};
}

double canonical_real(double number) { return std::isnan(number) ? real_of(quiet_nan) : number == 0 ? 0.0 : number; }

Result<ValueView> ValueView::from_canonical(ValueType type, std::string_view payload) {
  switch (type) {
    case ValueType::null:
      if (!payload.empty()) return non_canonical("null without a payload");
      return ValueView();
    case ValueType::boolean:
      if (payload.size() != 1 || static_cast<std::uint8_t>(payload[0]) > 1) return non_canonical("a byte 0 or 1");
      return of_number(type, payload[0]);
    case ValueType::integer:
      if (payload.size() != 8) return non_canonical("8 bytes of integer");
      return of_number(type, static_cast<std::int64_t>(read_big_endian(payload) ^ sign_bit));
    case ValueType::real: {
      if (payload.size() != 8) return non_canonical("8 bytes of real");
      const std::uint64_t bits = read_big_endian(payload);
      if (real_bits(canonical_real(real_of(bits))) != bits) {
        return non_canonical("0.0 for -0.0 and the quiet NaN for any other");
      }
      return ValueView{type, 0, real_of(bits), {}};
    }
    case ValueType::text:
      if (auto error = check_value_size(payload.size())) return *std::move(error);
      if (!is_utf8(payload)) return non_canonical("UTF-8");
      return of_string(type, payload);
    case ValueType::bytes:
      if (auto error = check_value_size(payload.size())) return *std::move(error);
      return of_string(type, payload);
    case ValueType::json:
      if (auto error = check_value_size(payload.size())) return *std::move(error);
      if (!is_json_container(payload) || !is_canonical_json(payload))
        return non_canonical("a canonical object or array");
      return of_string(type, payload);
  }
  return non_canonical("a type from 0 to 6");
}

}  // namespace tidemark
