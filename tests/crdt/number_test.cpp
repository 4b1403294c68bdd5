#include "crdt/number.h"

#include <doctest/doctest.h>

#include <clocale>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "crdt/json.h"
#include "tests/crdt/arbitrary.h"

namespace tidemark {
namespace {

double from_bits(std::uint64_t bits) {
  double number = 0;
  std::memcpy(&number, &bits, sizeof number);
  return number;
}

// Both paths print the same text, and both read it back as the same double.
void check_paths_agree(double number) {
  const std::string text = format_double(number);
  CAPTURE(text);
  CHECK(format_double_portably(number) == text);
  CHECK(read_double(text) == number);
  CHECK(read_double_portably(text) == number);
}

}  // namespace

TEST_CASE("doubles print as Python's repr prints them") {
  const struct {
    double number;
    const char* text;
  } known[] = {
      {0.0, "0.0"},
      {-0.0, "-0.0"},
      {1.0, "1.0"},
      {-2.5, "-2.5"},
      {0.1, "0.1"},
      {100.0, "100.0"},
      {0.0001, "0.0001"},
      {0.00012345, "0.00012345"},
      {1e-5, "1e-05"},
      {0.00001234, "1.234e-05"},
      {1e15, "1000000000000000.0"},
      {9999999999999998.0, "9999999999999998.0"},
      {1e16, "1e+16"},
      {123456789012345680.0, "1.2345678901234568e+17"},
      {1e22, "1e+22"},
      {1e100, "1e+100"},
      {1e-100, "1e-100"},
      {1.0 / 3, "0.3333333333333333"},
      {5e-324, "5e-324"},
      {2.2250738585072014e-308, "2.2250738585072014e-308"},
      {1.7976931348623157e308, "1.7976931348623157e+308"},
      {9007199254740993.0, "9007199254740992.0"},
      {5.684341886080802e-14, "5.684341886080802e-14"},  // 2^-44
      {9.5367431640625e-07, "9.5367431640625e-07"},      // 2^-20
  };
  for (const auto& [number, text] : known) {
    CHECK(format_double(number) == text);
    CHECK(format_double_portably(number) == text);
  }
}

TEST_CASE("the portable path agrees at every power of two and its neighbours") {
  for (std::uint64_t exponent = 0; exponent < 2047; ++exponent) {
    check_paths_agree(from_bits(exponent << 52));
    check_paths_agree(from_bits((exponent << 52) + 1));
    check_paths_agree(from_bits((exponent << 52) + 0xf'ffff'ffff'ffff));
  }
}

TEST_CASE("the portable path agrees on random bit patterns") {
  const std::uint64_t seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 10'000; ++i) {
    const double number = from_bits(random());
    if (std::isfinite(number)) check_paths_agree(number);
  }
}

TEST_CASE("numbers end where JSON says") {
  for (const char* whole : {"0", "-0", "7", "-12", "1.5", "0.0", "1e5", "1E+5", "1e-05", "-1.25e300", "10"}) {
    CAPTURE(whole);
    CHECK(number_size(whole) == std::strlen(whole));
    CHECK(number_size(std::string(whole) + ",") == std::strlen(whole));
  }
  for (const char* none : {"", "-", "+1", ".5", "1.", "1.e5", "1e", "1e+", "e5", "a", "-a", "NaN", "Infinity"}) {
    CAPTURE(none);
    CHECK(number_size(none) == 0);
  }
  CHECK(number_size("01") == 1);
  CHECK(number_size("-01") == 2);
  CHECK(number_size("0x10") == 1);
}

TEST_CASE("integer tokens stay integers within int64 and become doubles beyond") {
  const auto integer = [](const char* token) { return std::get<std::int64_t>(parse_number(token)); };
  const auto real = [](const char* token) { return std::get<double>(parse_number(token)); };
  CHECK(integer("0") == 0);
  CHECK(integer("-0") == 0);
  CHECK(integer("9223372036854775807") == std::numeric_limits<std::int64_t>::max());
  CHECK(integer("-9223372036854775808") == std::numeric_limits<std::int64_t>::min());
  CHECK(real("9223372036854775808") == 9223372036854775808.0);
  CHECK(real("-9223372036854775809") == -9223372036854775808.0);
  CHECK(real("1.0") == 1.0);
  CHECK(real("1e2") == 100.0);
  CHECK_FALSE(std::signbit(real("-0.0")));
  CHECK_FALSE(std::signbit(real("-1e-400")));
}

TEST_CASE("what no double can hold is no number, what is too small is zero") {
  for (const char* token : {"1e309", "-1e309", "1e999", "1.8e308", "1e99999999999999999999"}) {
    CHECK(std::holds_alternative<std::monostate>(parse_number(token)));
  }
  CHECK(std::holds_alternative<std::monostate>(parse_number("1" + std::string(400, '0'))));
  CHECK(std::get<double>(parse_number("1.7976931348623157e308")) == 1.7976931348623157e308);
  CHECK(std::get<double>(parse_number("1e-400")) == 0.0);
  CHECK(std::get<double>(parse_number("1e-99999999999999999999")) == 0.0);
  CHECK(std::get<double>(parse_number("0." + std::string(1000, '0') + "1e1001")) == 1.0);
  for (const char* token : {"", "1 ", " 1", "01", "1.", "1,0", "nan", "inf", "0x1"}) {
    CHECK(std::holds_alternative<std::monostate>(parse_number(token)));
  }
}

TEST_CASE("a locale with a decimal comma changes nothing") {
  if (std::setlocale(LC_NUMERIC, "de_DE.UTF-8") == nullptr) {
    MESSAGE("skipped: no locale de_DE.UTF-8 here");
    return;
  }
  const std::string printed = format_double_portably(1.5);
  const auto read = read_double_portably("1.5");
  check_paths_agree(1.5);
  std::setlocale(LC_NUMERIC, "C");
  CHECK(printed == "1.5");
  CHECK(read == 1.5);
}

}  // namespace tidemark
