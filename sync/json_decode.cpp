// Reading control messages: JSON objects with a "type". 64-bit numbers that JavaScript would round (nodes) travel as
// hexadecimal text, digests and log ids too; counts, seqs and times stay far below 2^53 and travel as numbers.
#include <nlohmann/json.hpp>

#include "bundles/chain.h"
#include "sync/message_parts.h"

namespace tidemark::sync {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t max_protocol = 65'535;

// Reads members and remembers the first one that was wrong, so that the callers read like the list of members.
class Members {
 public:
  explicit Members(const Json& object) : object_(object) {}

  const Json* find(const char* name) const {
    const auto at = object_.find(name);
    return at == object_.end() || at->is_null() ? nullptr : &*at;
  }

  std::uint64_t number(const char* name, std::optional<std::uint64_t> fallback = std::nullopt) {
    const Json* member = find(name);
    if (!member && fallback) return *fallback;
    if (!member || !member->is_number_unsigned() || member->get<std::uint64_t>() > max_number) {
      fail(name, "an integer from 0 to 2^53-1");
      return 0;
    }
    return member->get<std::uint64_t>();
  }

  std::int64_t signed_number(const char* name) {
    const Json* member = find(name);
    if (!member || !member->is_number_integer() ||
        (member->is_number_unsigned() && member->get<std::uint64_t>() > max_number) ||
        member->get<std::int64_t>() < -std::int64_t(max_number)) {
      fail(name, "an integer within +-(2^53-1)");
      return 0;
    }
    return member->get<std::int64_t>();
  }

  bool boolean(const char* name, bool fallback) {
    const Json* member = find(name);
    if (!member) return fallback;
    if (!member->is_boolean()) fail(name, "true or false");
    return member->is_boolean() && member->get<bool>();
  }

  std::string text(const char* name, std::size_t bytes_max, bool required) {
    const Json* member = find(name);
    if (!member && !required) return {};
    if (!member || !member->is_string() || member->get_ref<const std::string&>().size() > bytes_max) {
      fail(name, "a text of at most " + std::to_string(bytes_max) + " bytes");
      return {};
    }
    return member->get<std::string>();
  }

  template <std::size_t size>
  std::array<std::uint8_t, size> hex(const char* name) {
    std::array<std::uint8_t, size> bytes{};
    const Json* member = find(name);
    if (!member || !member->is_string() || !from_hex(member->get_ref<const std::string&>(), bytes)) {
      fail(name, std::to_string(2 * size) + " lower-case hexadecimal digits");
    }
    return bytes;
  }

  NodeId node(const char* name) {
    const Json* member = find(name);
    const auto node = member && member->is_string() ? parse_node(member->get_ref<const std::string&>()) : std::nullopt;
    if (!node) fail(name, "16 lower-case hexadecimal digits");
    return node.value_or(NodeId{});
  }

  Head head() {
    Head head{node("node"), number("n"), hex<32>("head")};
    if (head.n == 0 && head.hash != Hash{}) fail("head", "zeros where n is 0");
    return head;
  }

  std::vector<Head> heads(const char* name, std::size_t most, bool required) {
    std::vector<Head> heads;
    const Json* member = find(name);
    if (!member && !required) return heads;
    if (!member || !member->is_array() || member->size() > most) {
      fail(name, "an array of at most " + std::to_string(most) + " heads");
      return heads;
    }
    for (const Json& element : *member) {
      if (!element.is_object()) {
        fail(name, "objects of node, n and head");
        break;
      }
      Members members(element);
      heads.push_back(members.head());
      if (members.error_) fail(name, "objects of node, n and head");
    }
    return heads;
  }

  void fail(const char* name, std::string expected) {
    if (error_) return;
    const Json* member = find(name);
    std::string got = member ? member->dump(-1, ' ', true, Json::error_handler_t::replace).substr(0, 60) : "nothing";
    error_ = Error{"bad_message", name, std::move(got), std::move(expected), "", Retry::never};
  }

  const std::optional<Error>& error() const { return error_; }

 private:
  const Json& object_;
  std::optional<Error> error_;
};

template <class Enum, std::size_t size>
Enum named(Members& members, const char* field, const char* const (&names)[size]) {
  const std::string text = members.text(field, 32, true);
  for (std::size_t i = 0; i < size; ++i) {
    if (text == names[i]) return Enum(i);
  }
  members.fail(field, "a known " + std::string(field));
  return Enum(0);
}

Message read_hello(Members& in) {
  Hello hello;
  const std::uint64_t protocol = in.number("protocol");
  if (protocol > max_protocol) in.fail("protocol", "an integer from 0 to 65535");
  hello.protocol = int(protocol);
  // What else a later protocol says in its hello is not for us to judge: it gets a refusal that it understands.
  if (hello.protocol != protocol_version) return hello;
  hello.space = in.text("space", max_space_bytes, true);
  if (hello.space.empty()) in.fail("space", "a name of 1 to 255 bytes");
  hello.own = in.head();
  hello.others = in.heads("others", max_other_nodes, false);
  if (const Json* cursor = in.find("cursor")) {
    if (!cursor->is_object()) {
      in.fail("cursor", "an object of log, seq and acc");
    } else {
      Members members(*cursor);
      hello.cursor = Cursor{members.hex<16>("log"), members.number("seq"), members.hex<32>("acc")};
      if (members.error()) in.fail("cursor", "an object of log, seq and acc");
    }
  }
  hello.digest = in.hex<32>("digest");
  if (in.find("refill")) hello.refill = in.hex<16>("refill");
  hello.credential = in.text("credential", max_credential_bytes, false);
  hello.clock_ms = in.signed_number("clock");
  hello.plain = in.boolean("plain", false);
  return hello;
}

Limits read_limits(Members& in) {
  Limits limits;
  const Json* member = in.find("limits");
  if (!member) return limits;
  if (!member->is_object()) {
    in.fail("limits", "an object");
    return limits;
  }
  Members members(*member);
  limits.message_bytes = members.number("message_bytes", limits.message_bytes);
  limits.bundle_bytes = members.number("bundle_bytes", limits.bundle_bytes);
  limits.in_flight_bytes = members.number("in_flight_bytes", limits.in_flight_bytes);
  if (members.error()) in.fail("limits", "numbers of bytes");
  return limits;
}

Message read_welcome(Members& in) {
  Welcome welcome;
  welcome.log = in.hex<16>("log");
  welcome.first_seq = in.number("first", 1);
  if (welcome.first_seq == 0) in.fail("first", "1 or more");
  welcome.seq = in.number("seq");
  welcome.time_ms = in.signed_number("time");
  welcome.time_trusted = in.boolean("time_trusted", true);
  welcome.limits = read_limits(in);
  welcome.heads = in.heads("heads", max_other_nodes + 1, true);
  welcome.digest = in.hex<32>("digest");
  welcome.verdict = named<Verdict>(in, "verdict", verdict_names);
  return welcome;
}

Message read_confirm(Members& in) {
  Confirm confirm;
  confirm.node = in.node("node");
  confirm.n = in.number("n");
  confirm.seq = in.number("seq");
  confirm.level = in.text("level", 32, true);
  confirm.time_ms = in.signed_number("time");
  confirm.time_trusted = in.boolean("time_trusted", true);
  return confirm;
}

Message read_error(Members& in) {
  ErrorMessage message;
  message.error.code = in.text("code", 64, true);
  message.error.retry = named<Retry>(in, "retry", retry_names);
  message.error.field = in.text("field", max_error_text_bytes, false);
  message.error.got = in.text("got", max_error_text_bytes, false);
  message.error.limit = in.text("limit", max_error_text_bytes, false);
  message.error.hint = in.text("hint", max_error_text_bytes, false);
  if (in.find("node")) message.head = in.head();
  if (in.find("time")) message.time_ms = in.signed_number("time");
  return message;
}

}  // namespace

Result<Message> decode_json_message(std::string_view text) {
  // A bound on nesting before the parser recurses: our messages need three levels.
  const Json json = Json::parse(
      text.begin(), text.end(), [](int depth, Json::parse_event_t, Json&) { return depth <= 8; }, false);
  // The parser takes a NUL for the end of the text, whatever follows it.
  const bool cut_short = text.find('\0') != text.npos;
  if (cut_short || json.is_discarded() || !json.is_object()) {
    return Error{"bad_message", "text message", excerpt(text), "a JSON object", "", Retry::never};
  }
  Members in(json);
  const std::string type = in.text("type", 32, true);
  Message message;
  if (type == "hello")
    message = read_hello(in);
  else if (type == "welcome")
    message = read_welcome(in);
  else if (type == "confirm")
    message = read_confirm(in);
  else if (type == "want")
    message = Want{in.head()};
  else if (type == "lack")
    message = Lack{in.head()};
  else if (type == "compared")
    message = Compared{in.hex<32>("digest"), in.number("seq")};
  else if (type == "error")
    message = read_error(in);
  else if (!in.error())
    return Error{"unknown_type", "type", excerpt(type), "a message of tidemark.v1", "", Retry::never};
  if (in.error()) {
    Error error = *in.error();
    if (!type.empty()) error.field = type + " " + error.field;
    return error;
  }
  return message;
}

}  // namespace tidemark::sync
