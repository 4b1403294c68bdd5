// Writing control messages; json_decode.cpp reads them.
#include <nlohmann/json.hpp>

#include "bundles/chain.h"
#include "crdt/json.h"
#include "crdt/utf8.h"
#include "hlc/assert.h"
#include "sync/message_parts.h"

namespace tidemark::sync {
namespace {

using Json = nlohmann::json;

std::string hex(ByteView bytes) { return to_hex(bytes); }

Json head_json(const Head& head) { return {{"node", to_string(head.node)}, {"n", head.n}, {"head", hex(head.hash)}}; }

Json heads_json(const std::vector<Head>& heads) {
  Json array = Json::array();
  for (const Head& head : heads) array.push_back(head_json(head));
  return array;
}

struct Encoder {
  Json json;

  void operator()(const Hello& hello) {
    json = head_json(hello.own);
    json["type"] = "hello";
    json["protocol"] = hello.protocol;
    json["space"] = hello.space;
    if (!hello.others.empty()) json["others"] = heads_json(hello.others);
    if (hello.cursor) {
      json["cursor"] = {{"log", hex(hello.cursor->log)}, {"seq", hello.cursor->seq}, {"acc", hex(hello.cursor->acc)}};
    }
    json["digest"] = hex(hello.digest);
    if (hello.refill) json["refill"] = hex(*hello.refill);
    if (!hello.credential.empty()) json["credential"] = hello.credential;
    json["clock"] = hello.clock_ms;
    if (hello.plain) json["plain"] = true;
  }
  void operator()(const Welcome& welcome) {
    json = {{"type", "welcome"},
            {"log", hex(welcome.log)},
            {"seq", welcome.seq},
            {"time", welcome.time_ms},
            {"heads", heads_json(welcome.heads)},
            {"digest", hex(welcome.digest)},
            {"verdict", verdict_names[int(welcome.verdict)]}};
    if (welcome.first_seq != 1) json["first"] = welcome.first_seq;
    if (!welcome.time_trusted) json["time_trusted"] = false;
    limits(welcome.limits);
  }
  void operator()(const Want& want) { head("want", want.have); }
  void operator()(const Lack& lack) { head("lack", lack.have); }
  void operator()(const Compared& compared) {
    json = {{"type", "compared"}, {"digest", hex(compared.digest)}, {"seq", compared.seq}};
  }
  void operator()(const ErrorMessage& message) {
    if (message.head) json = head_json(*message.head);
    json["type"] = "error";
    json["code"] = message.error.code;
    json["retry"] = retry_names[int(message.error.retry)];
    text("field", message.error.field);
    text("got", message.error.got);
    text("limit", message.error.limit);
    text("hint", message.error.hint);
    if (message.time_ms != 0) json["time"] = message.time_ms;
  }
  template <class Other>
  void operator()(const Other&) {
    TIDEMARK_ASSERT(false && "a binary message has no JSON form, and a confirm is written by hand");
  }

 private:
  void head(const char* type, const Head& value) {
    json = head_json(value);
    json["type"] = type;
  }
  // What the reader assumes anyway stays unsaid: a hello and a welcome are all that an idle replica costs.
  void limits(const Limits& limits) {
    const Limits known;
    const auto limit = [this](const char* name, std::size_t value, std::size_t assumed) {
      if (value != assumed) json["limits"][name] = value;
    };
    limit("message_bytes", limits.message_bytes, known.message_bytes);
    limit("bundle_bytes", limits.bundle_bytes, known.bundle_bytes);
    limit("in_flight_bytes", limits.in_flight_bytes, known.in_flight_bytes);
  }
  // Cut between characters, so that the reader's limit holds whatever the text is.
  void text(const char* name, const std::string& value) {
    if (value.empty()) return;
    const std::size_t size = utf8_prefix(std::string_view(value).substr(0, max_error_text_bytes));
    json[name] = value.substr(0, size);
  }
};

// The message that a relay sends most, written without a tree.
std::string confirm_json(const Confirm& confirm) {
  std::string text = R"({"level":)" + quote_json(confirm.level);
  text += R"(,"n":)" + std::to_string(confirm.n);
  text += R"(,"node":")" + to_string(confirm.node);
  text += R"(","seq":)" + std::to_string(confirm.seq);
  text += R"(,"time":)" + std::to_string(confirm.time_ms);
  if (!confirm.time_trusted) text += R"(,"time_trusted":false)";
  text += R"(,"type":"confirm"})";
  return text;
}

}  // namespace

std::string encode_json_message(const Message& message) {
  if (const auto* confirm = std::get_if<Confirm>(&message)) return confirm_json(*confirm);
  Encoder encoder;
  std::visit(encoder, message);
  return encoder.json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace tidemark::sync
