#include "server/tokens.h"

#include <sodium.h>

#include <fstream>
#include <iterator>

#include "crdt/limits.h"
#include "crdt/utf8.h"
#include "sync/limits.h"

namespace tidemark::server {
namespace {

static_assert(max_token_bytes == sync::max_credential_bytes);

constexpr std::string_view blanks = " \t\r";

Hash digest(std::string_view token) {
  Hash hash;
  crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(token.data()), token.size(),
                     nullptr, 0);
  return hash;
}

std::string_view trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(blanks);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(blanks) - from + 1);
}

Error bad_line(std::size_t line, std::string got, std::string limit, std::string hint) {
  return {"bad_token_file", "line " + std::to_string(line), std::move(got), std::move(limit), std::move(hint),
          Retry::after_fix};
}

}  // namespace

Result<Tokens> Tokens::parse(std::string_view text) {
  Tokens tokens;
  std::size_t line = 0;
  while (!text.empty()) {
    ++line;
    const auto end = text.find('\n');
    const auto content = trimmed(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    if (content.empty() || content.front() == '#') continue;

    const auto token = content.substr(0, content.find_first_of(blanks));
    const auto space = trimmed(content.substr(token.size()));
    if (space.empty()) return bad_line(line, "one word", "TOKEN SPACE", "Name the space, or * for all of them.");
    if (token.size() < min_token_bytes || token.size() > max_token_bytes) {
      return bad_line(line, "a token of " + std::to_string(token.size()) + " bytes",
                      std::to_string(min_token_bytes) + " to " + std::to_string(max_token_bytes) + " bytes",
                      "Make one with: openssl rand -hex 24");
    }
    if (space.size() > max_space_bytes || !is_utf8(space)) {
      return bad_line(line, "a space name of " + std::to_string(space.size()) + " bytes",
                      "UTF-8 of at most " + std::to_string(max_space_bytes) + " bytes", "Correct the name.");
    }
    tokens.rights_.push_back({digest(token), std::string(space)});
  }
  if (tokens.rights_.empty()) {
    return bad_line(line, "the end", "at least one line TOKEN SPACE", "With an empty file nobody could connect.");
  }
  return tokens;
}

Result<Tokens> Tokens::read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file)
    return Error{"bad_token_file", path, "a file that cannot be read", "", "Check the name and its permissions.",
                 Retry::after_fix};
  auto tokens = parse(text);
  sodium_memzero(text.data(), text.size());
  if (tokens) return tokens;
  auto error = tokens.error();
  error.field = path + " " + error.field;
  return error;
}

bool Tokens::allows(std::string_view token, std::string_view space) const {
  const Hash asked = digest(token);
  bool allowed = false;
  for (const auto& right : rights_) {
    const bool same = sodium_memcmp(right.token.data(), asked.data(), asked.size()) == 0;
    const bool covers = right.space == "*" || right.space == space;
    allowed |= same & covers;
  }
  return allowed;
}

}  // namespace tidemark::server
