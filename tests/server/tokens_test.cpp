#include "server/tokens.h"

#include <doctest/doctest.h>

#include <fstream>

#include "tests/support/temp_dir.h"

using namespace tidemark;
using namespace tidemark::server;
using tidemark::test::TempDir;

namespace {

const std::string alice = "alice-0123456789abcdef";
const std::string bob = "bob-0123456789abcdef";

// A line whose token has so many bytes.
std::string line_of(std::size_t token_bytes) { return std::string(token_bytes, 'x').append(" notes"); }

Error refused(std::string_view text) {
  const auto tokens = Tokens::parse(text);
  REQUIRE_FALSE(tokens);
  CHECK(tokens.error().code == "bad_token_file");
  return tokens.error();
}

}  // namespace

TEST_CASE("a token opens the spaces of its lines and no other") {
  const auto tokens =
      Tokens::parse("# who may do what\n\n" + alice + " notes\n  " + alice + "\tshared letters  \r\n" + bob + " *");
  REQUIRE(tokens);
  CHECK(tokens->size() == 3);
  CHECK(tokens->allows(alice, "notes"));
  CHECK(tokens->allows(alice, "shared letters"));
  CHECK_FALSE(tokens->allows(alice, "other"));
  CHECK_FALSE(tokens->allows(alice, "*"));
  CHECK(tokens->allows(bob, "notes"));
  CHECK(tokens->allows(bob, "other"));
  CHECK_FALSE(tokens->allows(alice + " ", "notes"));
  CHECK_FALSE(tokens->allows(alice.substr(1), "notes"));
  CHECK_FALSE(tokens->allows("", "notes"));
}

TEST_CASE("tokens have 16 to 1024 bytes") {
  CHECK(refused(line_of(15)).field == "line 1");
  CHECK(Tokens::parse(line_of(16)));
  CHECK(Tokens::parse(line_of(1024)));
  CHECK(refused(line_of(1025)).got == "a token of 1025 bytes");
}

TEST_CASE("space names have at most 255 bytes of UTF-8") {
  CHECK(Tokens::parse(alice + " " + std::string(255, 's')));
  CHECK(refused(alice + " " + std::string(256, 's')).field == "line 1");
  CHECK(refused(alice + " \xff").field == "line 1");
}

TEST_CASE("an error names the line and never shows the token") {
  const auto error = refused("# comment\n" + alice + " notes\n" + bob + "\n");
  CHECK(error.field == "line 3");
  CHECK(to_string(error).find(bob) == std::string::npos);
  CHECK(refused("").limit == "at least one line TOKEN SPACE");
  CHECK(refused("# only\n\n").field == "line 2");
}

TEST_CASE("a token file is read, or the error names it") {
  const TempDir directory;
  const auto path = directory / "tokens";
  CHECK(Tokens::read(path).error().field == path);
  std::ofstream(path) << alice << " notes\n";
  const auto tokens = Tokens::read(path);
  REQUIRE(tokens);
  CHECK(tokens->allows(alice, "notes"));
  std::ofstream(path) << "short notes\n";
  CHECK(Tokens::read(path).error().field == path + " line 1");
}
