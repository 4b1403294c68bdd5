// Control messages from somebody who does not keep to the protocol.
#include <doctest/doctest.h>

#include "tests/sync/samples.h"

namespace tidemark::sync {

TEST_CASE("what is nested deeper than any message is cut away without recursion") {
  const std::string head = R"("node":"000000000000000a","n":0,"head":")" + std::string(64, '0') + "\"";
  for (const std::size_t depth : {1u, 7u, 8u, 9u, 10u, 100u, 120'000u}) {
    CAPTURE(depth);
    CHECK(code_of_text("{\"type\":\"want\",\"later\":" + std::string(depth, '[') + std::string(depth, ']') + "," +
                       head + "}") == "ok");
    CHECK(code_of_text(std::string(depth, '[') + std::string(depth, ']')) == "bad_message");
    CHECK(code_of_text(std::string(depth, '[')) == "bad_message");
  }
  std::string objects;
  for (int i = 0; i < 30'000; ++i) objects += "{\"a\":";
  CHECK(code_of_text("{\"type\":\"want\",\"later\":" + objects + "1" + std::string(30'000, '}') + "," + head + "}") ==
        "ok");
}

TEST_CASE("a text that is cut anywhere is refused") {
  for (const Message& message : one_of_each()) {
    const Frame frame = encode_message(message);
    if (!frame.text) continue;
    const std::string text(frame.as_text());
    for (std::size_t size = 0; size < text.size(); ++size)
      CHECK(code_of_text(std::string_view(text).substr(0, size)) == "bad_message");
    CHECK(code_of_text(text + " \n") == "ok");
    CHECK(code_of_text(text + "{}") == "bad_message");
    CHECK(code_of_text(text + std::string(1, '\0')) == "bad_message");
  }
}

TEST_CASE("what is no object with a known type is refused") {
  for (const char* text : {"", " ", "null", "1", "\"hello\"", "[]", "{", "{}", R"({"type":1})", R"({"type":null})",
                           R"({"type":["hello"]})", R"({"type":"hello")", R"({'type':'hello'})", R"({"type":"hello",})",
                           R"({"type":"123456789012345678901234567890123"})", "{\"type\":\"compared\",\"digest\":NaN}",
                           "// {}", "{\"type\":\"compared\",\"x\":1e999}"}) {
    CAPTURE(text);
    CHECK(code_of_text(text) == "bad_message");
  }
  for (const char* text : {R"({"type":"Hello"})", R"({"type":""})", R"({"type":"push"})", R"({"type":"heads"})",
                           R"({"type":"goodbye","x":[1]})"}) {
    CAPTURE(text);
    CHECK(code_of_text(text) == "unknown_type");
  }
}

TEST_CASE("of a member that is said twice the last counts") {
  const std::string digest_a(64, 'a');
  const std::string digest_b(64, 'b');
  const auto decoded =
      decode_message(text_frame(R"({"type":"compared","seq":1,"digest":")" + digest_a + R"(","digest":")" + digest_b + "\"}"));
  REQUIRE(decoded);
  CHECK(std::get<Compared>(*decoded).digest == hash_of(0xbb));
}

TEST_CASE("a text that is not UTF-8 is refused before anything else") {
  for (const char* bad : {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe2\x82"}) {
    CHECK(code_of_text(std::string("{\"type\":\"compared\",\"x\":\"") + bad + "\"}") == "bad_utf8");
    CHECK(code_of_text(bad) == "bad_utf8");
  }
}

TEST_CASE("a control message has at most 256 KiB") {
  const std::string text = R"({"type":"compared","seq":1,"digest":")" + std::string(64, 'a') + "\"}";
  for (const std::size_t size : {max_control_bytes - 1, max_control_bytes, max_control_bytes + 1}) {
    CHECK(code_of_text(text + std::string(size - text.size(), ' ')) ==
          (size <= max_control_bytes ? "ok" : "too_large"));
  }
}

TEST_CASE("a hello of another protocol is understood as far as its number") {
  const auto decoded = decode_message(text_frame(R"({"type":"hello","protocol":2,"room":"notes","node":7})"));
  REQUIRE(decoded);
  CHECK(std::get<Hello>(*decoded).protocol == 2);
  CHECK(code_of_text(R"({"type":"hello","protocol":1})") == "bad_message");
  CHECK(code_of_text(R"({"type":"hello","protocol":65537})") == "bad_message");
}

}  // namespace tidemark::sync
