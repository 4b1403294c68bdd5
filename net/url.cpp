#include <algorithm>
#include <charconv>

#include "net/dialer.h"

namespace tidemark::net {
namespace {

constexpr std::size_t host_bytes_max = 253;  // of DNS
constexpr std::size_t url_bytes_max = 2048;
constexpr std::string_view form = "ws://HOST[:PORT][/PATH]";

Error bad_url(std::string_view text, std::string hint) {
  return {"bad_url", "url", excerpt(text), std::string(form), std::move(hint), Retry::never};
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_host_char(char c) {
  const char l = lower(c);
  return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

bool is_ipv6_char(char c) {
  const char l = lower(c);
  return (l >= 'a' && l <= 'f') || (c >= '0' && c <= '9') || c == ':' || c == '.';
}

bool is_port(std::string_view text) {
  std::uint32_t port = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), port);
  return ec == std::errc() && end == text.data() + text.size() && text.size() <= 5 && port >= 1 && port <= 65535;
}

// Whether the text begins with the scheme, in any case; takes it away if so.
bool take_scheme(std::string_view& text, std::string_view scheme) {
  if (text.size() < scheme.size()) return false;
  if (!std::equal(scheme.begin(), scheme.end(), text.begin(), [](char a, char b) { return a == lower(b); }))
    return false;
  text.remove_prefix(scheme.size());
  return true;
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
  if (text.size() > url_bytes_max) return bad_url(text, "The URL is longer than 2048 bytes.");
  const bool printable = std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
  if (!printable) return bad_url(text, "Percent-encode blanks and everything that is not ASCII.");
  std::string_view rest = text;
  if (take_scheme(rest, "wss://")) {
    return Error{"tls_unsupported",
                 "url",
                 excerpt(text),
                 std::string(form),
                 "Use ws:// on a trusted network, or a local TLS tunnel.",
                 Retry::never};
  }
  if (!take_scheme(rest, "ws://")) return bad_url(text, "Begin the URL with ws://.");

  const std::size_t path_at = std::min(rest.find_first_of("/?#"), rest.size());
  std::string_view authority = rest.substr(0, path_at);
  const std::string_view path = rest.substr(path_at);
  if (path.find('#') != std::string_view::npos) return bad_url(text, "Leave the fragment (#) out.");
  if (authority.find('@') != std::string_view::npos) return bad_url(text, "Credentials do not go into the URL.");

  Url url;
  std::string_view port;
  bool has_port = false;
  if (!authority.empty() && authority.front() == '[') {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) return bad_url(text, "Close the bracket of the IPv6 address.");
    url.host = authority.substr(1, end - 1);
    const bool valid = !url.host.empty() && std::all_of(url.host.begin(), url.host.end(), is_ipv6_char) &&
                       url.host.find(':') != std::string::npos;
    if (!valid) return bad_url(text, "The host in brackets is not an IPv6 address.");
    authority.remove_prefix(end + 1);
    has_port = !authority.empty();
    if (has_port && authority.front() != ':') return bad_url(text, "Only :PORT may follow the bracket.");
    if (has_port) port = authority.substr(1);
  } else {
    const std::size_t colon = authority.find(':');
    has_port = colon != std::string_view::npos;
    url.host = authority.substr(0, colon);
    if (has_port) port = authority.substr(colon + 1);
    if (url.host.empty() || url.host.size() > host_bytes_max) return bad_url(text, "Name a host.");
    if (!std::all_of(url.host.begin(), url.host.end(), is_host_char)) {
      return bad_url(text, "A host has letters, digits, dots and hyphens; an IPv6 address goes into brackets.");
    }
  }
  if (has_port && !is_port(port)) return bad_url(text, "The port is a number from 1 to 65535.");
  url.port = has_port ? std::string(port) : "7700";
  url.path = path.empty() || path.front() != '/' ? "/" + std::string(path) : std::string(path);
  return url;
}

}  // namespace tidemark::net
