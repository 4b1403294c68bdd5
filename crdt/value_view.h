// The types of values, and a value that lies in bytes of somebody else, such as a bundle's.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include "crdt/error.h"

namespace tidemark {

// The numbers are part of the formats; they never change meaning.
enum class ValueType : std::uint8_t { null = 0, boolean = 1, integer = 2, real = 3, text = 4, bytes = 5, json = 6 };

// Canonical like a Value, and made into one by Value(view). Valid while the bytes are.
struct ValueView {
  ValueType type = ValueType::null;
  std::int64_t integer = 0;  // of booleans and integers
  double real = 0;
  std::string_view string;  // of text, bytes and json

  // What Value::from_canonical accepts, and its errors.
  static Result<ValueView> from_canonical(ValueType type, std::string_view payload);
};

// Nothing, or too_large: more bytes than a value's payload may have.
std::optional<Error> check_value_size(std::size_t size);
// The one real that stands for every NaN, and for both zeros.
double canonical_real(double number);
// Its 64 bits, as IEEE 754 has them.
inline std::uint64_t real_bits(double number) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &number, sizeof bits);
  return bits;
}

}  // namespace tidemark
