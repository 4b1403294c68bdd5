#include "crdt/number.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <variant>

#include "crdt/json.h"
#include "hlc/assert.h"

namespace tidemark {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t skip_digits(std::string_view text, std::size_t at) {
  while (at < text.size() && is_digit(text[at])) ++at;
  return at;
}

// A finite number in scientific notation: first digit, point, the other digits, power of ten.
struct Decimal {
  bool negative = false;
  std::string digits;  // without a point, at least one
  int exponent = 0;
};

// "-1.25e+17" with any character as the point, as to_chars and printf write it.
Decimal read_decimal(std::string_view text) {
  Decimal decimal;
  decimal.negative = text.front() == '-';
  const std::size_t e = text.find('e');
  for (const char c : text.substr(0, e)) {
    if (is_digit(c)) decimal.digits += c;
  }
  for (const char c : text.substr(e + 2)) decimal.exponent = decimal.exponent * 10 + (c - '0');
  if (text[e + 1] == '-') decimal.exponent = -decimal.exponent;
  return decimal;
}

// The decimal one unit in the last place further from zero.
Decimal next_away(Decimal decimal) {
  std::size_t at = decimal.digits.size();
  while (at > 0 && decimal.digits[at - 1] == '9') decimal.digits[--at] = '0';
  if (at > 0) {
    ++decimal.digits[at - 1];
  } else {
    decimal.digits.front() = '1';
    ++decimal.exponent;
  }
  return decimal;
}

// The layout of Python's repr: an exponent from 1e16 up and below 1e-4.
std::string lay_out(const Decimal& decimal) {
  std::string digits = decimal.digits;
  digits.erase(digits.find_last_not_of('0') + 1);
  if (digits.empty()) digits = "0";
  const int exponent = decimal.exponent;
  std::string text = decimal.negative ? "-" : "";
  if (exponent < -4 || exponent >= 16) {
    text += digits[0];
    if (digits.size() > 1) text.append(1, '.').append(digits, 1);
    const std::string power = std::to_string(std::abs(exponent));
    return text + (exponent < 0 ? "e-" : "e+") + (power.size() < 2 ? "0" : "") + power;
  }
  if (exponent < 0) return text + "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
  const auto whole = static_cast<std::size_t>(exponent) + 1;
  if (digits.size() <= whole) return text + digits + std::string(whole - digits.size(), '0') + ".0";
  return text.append(digits, 0, whole).append(1, '.').append(digits, whole);
}

// What the C library writes and reads between the whole and the fraction, a comma in many locales.
std::string decimal_point() {
  char text[16];
  std::snprintf(text, sizeof text, "%.1f", 0.5);
  const std::string printed = text;
  return printed.substr(1, printed.size() - 2);
}

}  // namespace

std::size_t number_size(std::string_view text) {
  std::size_t at = !text.empty() && text[0] == '-' ? 1 : 0;
  if (at == text.size() || !is_digit(text[at])) return 0;
  at = text[at] == '0' ? at + 1 : skip_digits(text, at);
  if (at < text.size() && text[at] == '.') {
    const std::size_t end = skip_digits(text, at + 1);
    if (end == at + 1) return 0;
    at = end;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    const std::size_t end = skip_digits(text, at);
    if (end == at) return 0;
    at = end;
  }
  return at;
}

std::optional<double> read_double_portably(std::string_view token) {
  std::string text(token);
  const std::size_t point = text.find('.');
  if (point != std::string::npos) text.replace(point, 1, decimal_point());
  const double number = std::strtod(text.c_str(), nullptr);
  if (!std::isfinite(number)) return std::nullopt;
  return number;
}

std::optional<double> read_double(std::string_view token) {
#ifdef __cpp_lib_to_chars
  double number = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), number);
  if (error == std::errc() && std::isfinite(number)) return number;
#endif
  // from_chars does not say whether a number was too large or too small.
  return read_double_portably(token);
}

std::string format_double_portably(double number) {
  TIDEMARK_ASSERT(std::isfinite(number));
  const auto reads_back = [&](const Decimal& decimal) {
    const std::string token = (decimal.negative ? "-" : "") + decimal.digits.substr(0, 1) + "." +
                              decimal.digits.substr(1) + "0e" + std::to_string(decimal.exponent);
    return read_double_portably(token) == number;
  };
  for (int places = 0;; ++places) {
    char text[40];
    std::snprintf(text, sizeof text, "%.*e", places, number);
    const Decimal nearest = read_decimal(text);
    if (reads_back(nearest)) return lay_out(nearest);
    // Above a power of two doubles are sparser than below it, so the farther decimal can be the one
    // that reads back. That is so for 2^-44.
    const Decimal farther = next_away(nearest);
    if (reads_back(farther)) return lay_out(farther);
    TIDEMARK_ASSERT(places < 17);
  }
}

std::string format_double(double number) {
  TIDEMARK_ASSERT(std::isfinite(number));
#ifdef __cpp_lib_to_chars
  char text[40];
  const auto end = std::to_chars(text, text + sizeof text, number, std::chars_format::scientific).ptr;
  return lay_out(read_decimal({text, static_cast<std::size_t>(end - text)}));
#else
  return format_double_portably(number);
#endif
}

std::variant<std::monostate, std::int64_t, double> parse_number(std::string_view token) {
  if (token.empty() || number_size(token) != token.size()) return std::monostate{};
  if (token.find_first_of(".eE") == std::string_view::npos) {
    std::int64_t integer = 0;
    const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), integer);
    if (error == std::errc()) return integer;
  }
  const auto number = read_double(token);
  if (!number) return std::monostate{};
  return *number == 0 ? 0.0 : *number;
}

}  // namespace tidemark
