#include <doctest/doctest.h>

#include "net/dialer.h"

using tidemark::net::parse_url;

TEST_CASE("a URL names host, port and path, with defaults for the latter two") {
  struct Case {
    const char* text;
    const char* host;
    const char* port;
    const char* path;
  };
  for (const Case& wanted : {
           Case{"ws://relay.example", "relay.example", "7700", "/"},
           Case{"ws://127.0.0.1:80", "127.0.0.1", "80", "/"},
           Case{"WS://Relay-1.example:65535/a/b?c=d", "Relay-1.example", "65535", "/a/b?c=d"},
           Case{"ws://[::1]", "::1", "7700", "/"},
           Case{"ws://[2001:db8::1]:1/x", "2001:db8::1", "1", "/x"},
           Case{"ws://h?q", "h", "7700", "/?q"},
           Case{"ws://localhost/", "localhost", "7700", "/"},
       }) {
    CAPTURE(wanted.text);
    const auto url = parse_url(wanted.text);
    REQUIRE(url);
    CHECK(url->host == wanted.host);
    CHECK(url->port == wanted.port);
    CHECK(url->path == wanted.path);
  }
}

TEST_CASE("what is not a ws URL is refused with a hint") {
  for (const std::string text : {"",
                                 "relay:7700",
                                 "http://relay",
                                 "ws:/relay",
                                 "ws://",
                                 "ws://:7700",
                                 "ws://relay:",
                                 "ws://relay:0",
                                 "ws://relay:65536",
                                 "ws://relay:+80",
                                 "ws://relay:80x",
                                 "ws://relay:000080",
                                 "ws://user@relay",
                                 "ws://re lay",
                                 "ws://relay/\r\nHost: other",
                                 "ws://relay/#part",
                                 "ws://[::1",
                                 "ws://[]",
                                 "ws://[relay]",
                                 "ws://[::1]x",
                                 "ws://::1",
                                 "ws://h\xc3\xa9",
                                 "ws://h*"}) {
    CAPTURE(text);
    const auto url = parse_url(text);
    REQUIRE_FALSE(url);
    CHECK(url.error().code == "bad_url");
    CHECK(!url.error().hint.empty());
  }
  CHECK(parse_url("ws://" + std::string(253, 'h')));
  CHECK_FALSE(parse_url("ws://" + std::string(254, 'h')));
  CHECK(parse_url("ws://h/" + std::string(2048 - 7, 'p')));
  CHECK_FALSE(parse_url("ws://h/" + std::string(2049 - 7, 'p')));
}

TEST_CASE("wss is refused by a code of its own") {
  const auto url = parse_url("wss://relay.example");
  REQUIRE_FALSE(url);
  CHECK(url.error().code == "tls_unsupported");
}
