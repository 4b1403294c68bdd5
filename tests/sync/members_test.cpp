// Every member of every control message: missing, null, of another type, out of range.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/sync/samples.h"

namespace tidemark::sync {
namespace {

using Json = nlohmann::json;

// What a member must be; everything else is refused.
enum class Kind {
  number,
  from_one,
  protocol,
  time,
  boolean,
  text,
  node,
  hash,
  log,
  heads,
  cursor,
  limits,
  verdict,
  retry
};

struct Member {
  const char* name;
  Kind kind;
  bool required;
};

const std::vector<Member>& members_of(const std::string& type) {
  using enum Kind;
  static const std::map<std::string, std::vector<Member>> table = {
      {"hello",
       {{"protocol", protocol, true},
        {"space", text, true},
        {"node", node, true},
        {"n", number, true},
        {"head", hash, true},
        {"others", heads, false},
        {"cursor", cursor, false},
        {"digest", hash, true},
        {"refill", log, false},
        {"credential", text, false},
        {"clock", time, true},
        {"plain", boolean, false}}},
      {"welcome",
       {{"log", log, true},
        {"first", from_one, false},
        {"seq", number, true},
        {"time", time, true},
        {"time_trusted", boolean, false},
        {"limits", limits, false},
        {"heads", heads, true},
        {"digest", hash, true},
        {"verdict", verdict, true}}},
      {"confirm",
       {{"node", node, true},
        {"n", number, true},
        {"seq", number, true},
        {"level", text, true},
        {"time", time, true},
        {"time_trusted", boolean, false}}},
      {"want", {{"node", node, true}, {"n", number, true}, {"head", hash, true}}},
      {"lack", {{"node", node, true}, {"n", number, true}, {"head", hash, true}}},
      {"compared", {{"digest", hash, true}, {"seq", number, true}}},
      {"error",
       {{"code", text, true},
        {"retry", retry, true},
        {"field", text, false},
        {"got", text, false},
        {"limit", text, false},
        {"hint", text, false},
        {"node", node, false},
        {"n", number, true},
        {"head", hash, true},
        {"time", time, false}}}};
  return table.at(type);
}

// Values of every type, and at the edges of every range.
const std::vector<Json>& candidates() {
  static const std::vector<Json> all = [] {
    std::vector<Json> made;
    for (const char* json : {"0",
                             "1",
                             "-1",
                             "1.0",
                             "1e3",
                             "65535",
                             "65536",
                             "65537",
                             "9007199254740991",
                             "9007199254740992",
                             "-9007199254740991",
                             "-9007199254740992",
                             "18446744073709551615",
                             "18446744073709551616",
                             "1e300",
                             "true",
                             "false",
                             "\"\"",
                             "\"ok\"",
                             "\"never\"",
                             "\"okay\"",
                             "\"1\"",
                             "[]",
                             "{}",
                             "[[]]",
                             "[{}]",
                             "[1]",
                             "{\"log\":1}",
                             "{\"message_bytes\":0}",
                             "{\"message_bytes\":-1}",
                             "{\"bundle_bytes\":\"1\"}",
                             "{\"in_flight_bytes\":9007199254740992}"}) {
      made.push_back(Json::parse(json));
    }
    for (const std::size_t size : {15u, 16u, 17u, 31u, 32u, 33u, 63u, 64u, 65u, 255u, 256u, 1024u, 1025u}) {
      made.push_back(std::string(size, 'a'));
      made.push_back(std::string(size, 'A'));
      made.push_back(std::string(size, 'g'));
    }
    const Json head = {{"node", std::string(16, '0')}, {"n", 0}, {"head", std::string(64, '0')}};
    Json bad = head;
    bad["n"] = -1;
    for (const std::size_t count : {1u, 64u, 65u, 66u}) made.push_back(Json(count, head));
    made.push_back(Json::array({head, bad}));
    const Json cursor = {{"log", std::string(32, 'a')}, {"seq", 1}, {"acc", std::string(64, 'b')}};
    made.push_back(cursor);
    for (const char* member : {"log", "seq", "acc"}) {
      Json broken = cursor;
      broken.erase(member);
      made.push_back(broken);
    }
    return made;
  }();
  return all;
}

bool is_hex(const Json& json, std::size_t digits) {
  if (!json.is_string()) return false;
  const auto& text = json.get_ref<const std::string&>();
  return text.size() == digits && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

bool is_number(const Json& json, std::uint64_t from, std::uint64_t to) {
  return json.is_number_unsigned() && json.get<std::uint64_t>() >= from && json.get<std::uint64_t>() <= to;
}

std::size_t text_limit(const std::string& type, const std::string& member) {
  if (member == "space") return 255;
  if (member == "credential") return 1024;
  if (member == "level") return 32;
  return type == "error" && member == "code" ? 64 : 1024;
}

// The table of docs/protocol.md, once more and independently of the decoder.
bool allowed(const std::string& type, const Member& member, const Json& json) {
  constexpr std::uint64_t most = (std::uint64_t(1) << 53) - 1;
  switch (member.kind) {
    // The number of a head that is not zeros, so 0 does not go with it.
    case Kind::number:
      return is_number(json, type == "confirm" || type == "welcome" || type == "compared" ? 0 : 1, most);
    case Kind::from_one:
      return is_number(json, 1, most);
    // Of another protocol nothing else is read.
    case Kind::protocol:
      return is_number(json, 0, 65'535);
    case Kind::time:
      return is_number(json, 0, most) || (json.is_number_integer() && !json.is_number_unsigned() &&
                                          json.get<std::int64_t>() >= -std::int64_t(most));
    case Kind::boolean:
      return json.is_boolean();
    case Kind::text: {
      if (!json.is_string()) return false;
      const std::size_t size = json.get_ref<const std::string&>().size();
      return size <= text_limit(type, member.name) && (size > 0 || std::string(member.name) != "space");
    }
    case Kind::node:
      return is_hex(json, 16);
    case Kind::hash:
      return is_hex(json, 64);
    case Kind::log:
      return is_hex(json, 32);
    case Kind::heads:
      if (!json.is_array() || json.size() > (type == "hello" ? 64u : 65u)) return false;
      for (const Json& head : json) {
        if (!head.is_object() || !head.contains("node") || head.at("n") != 0) return false;
      }
      return true;
    case Kind::cursor:
      return json.is_object() && json.contains("acc") && json.contains("log") && json.contains("seq");
    case Kind::limits:
      if (!json.is_object()) return false;
      for (const auto& [name, value] : json.items()) {
        if ((name == "message_bytes" || name == "bundle_bytes" || name == "in_flight_bytes") &&
            !is_number(value, 0, most))
          return false;
      }
      return true;
    case Kind::verdict:
      return json == "ok";
    case Kind::retry:
      return json == "never";
  }
  return false;
}

std::vector<Json> control_samples() {
  std::vector<Json> samples;
  for (const Message& message : one_of_each()) {
    const Frame frame = encode_message(message);
    if (frame.text) samples.push_back(Json::parse(frame.as_text()));
  }
  return samples;
}

// The code, and that the error names the member.
std::string refusal(const Json& json, const char* member) {
  const auto decoded = decode_message(text_frame(json.dump()));
  if (decoded) return "ok";
  CHECK(decoded.error().field == json.at("type").get<std::string>() + " " + member);
  CHECK(decoded.error().retry == Retry::never);
  CHECK_FALSE(decoded.error().limit.empty());
  return decoded.error().code;
}

}  // namespace

TEST_CASE("the samples have every member of their message") {
  for (const Json& sample : control_samples()) {
    const auto& members = members_of(sample.at("type"));
    CHECK(sample.size() == members.size() + 1);
    for (const Member& member : members)
      CHECK_MESSAGE(sample.contains(member.name), sample.dump(), " lacks ", member.name);
  }
}

TEST_CASE("a member that is missing or null is refused unless it has a default") {
  for (const Json& sample : control_samples()) {
    for (const Member& member : members_of(sample.at("type"))) {
      CAPTURE(sample.at("type"));
      CAPTURE(member.name);
      Json without = sample;
      without.erase(member.name);
      CHECK(refusal(without, member.name) == (member.required ? "bad_message" : "ok"));
      Json with_null = sample;
      with_null[member.name] = nullptr;
      CHECK(refusal(with_null, member.name) == (member.required ? "bad_message" : "ok"));
    }
  }
}

TEST_CASE("a member of another type, form or range is refused by name") {
  std::size_t refused = 0;
  std::size_t accepted = 0;
  for (const Json& sample : control_samples()) {
    const std::string type = sample.at("type");
    for (const Member& member : members_of(type)) {
      for (const Json& candidate : candidates()) {
        CAPTURE(type);
        CAPTURE(member.name);
        CAPTURE(candidate.dump());
        Json changed = sample;
        changed[member.name] = candidate;
        const bool good = allowed(type, member, candidate);
        // Only the last character tells a head of n = 0 from others, and then it is the head that is wrong.
        const char* blamed = std::string(member.name) == "n" && candidate == 0 ? "head" : member.name;
        CHECK(refusal(changed, blamed) == (good ? "ok" : "bad_message"));
        ++(good ? accepted : refused);
      }
    }
  }
  CHECK(refused > 1000);
  CHECK(accepted > 50);
}

TEST_CASE("unknown members are ignored, whatever they hold") {
  for (const Json& sample : control_samples()) {
    const auto plain = decode_message(text_frame(sample.dump()));
    REQUIRE(plain);
    for (const Json& candidate : candidates()) {
      Json more = sample;
      more["later"] = candidate;
      const auto decoded = decode_message(text_frame(more.dump()));
      REQUIRE(decoded);
      CHECK(*encode_message(*decoded).bytes == *encode_message(*plain).bytes);
    }
  }
}

}  // namespace tidemark::sync
