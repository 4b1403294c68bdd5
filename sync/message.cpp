#include "sync/message.h"

#include "crdt/utf8.h"
#include "hlc/assert.h"
#include "sync/message_parts.h"

namespace tidemark::sync {
namespace {

Error too_large(const char* what, std::size_t size, std::size_t limit) {
  return {"too_large",
          what,
          std::to_string(size) + " bytes",
          "at most " + std::to_string(limit) + " bytes",
          "Send smaller messages.",
          Retry::never};
}

bool is_binary(const Message& message) {
  return std::holds_alternative<Push>(message) || std::holds_alternative<Entries>(message) ||
         std::holds_alternative<ChainPart>(message) || std::holds_alternative<HeadsPage>(message);
}

std::size_t total_size(const std::vector<ByteView>& envelopes) {
  std::size_t size = 0;
  for (const ByteView envelope : envelopes) size += envelope.size();
  return size;
}

}  // namespace

Result<Message> decode_message(const Frame& frame) {
  if (!frame.text) {
    if (frame.bytes->size() > max_message_bytes)
      return too_large("binary message", frame.bytes->size(), max_message_bytes);
    Result<Message> message = decode_binary_message(*frame.bytes);
    if (message && std::holds_alternative<HeadsPage>(*message) && frame.bytes->size() > max_heads_page_bytes) {
      return too_large("page of heads", frame.bytes->size(), max_heads_page_bytes);
    }
    return message;
  }
  if (frame.bytes->size() > max_control_bytes) return too_large("text message", frame.bytes->size(), max_control_bytes);
  if (!is_utf8(frame.as_text())) return Error{"bad_utf8", "text message", "", "UTF-8", "", Retry::never};
  return decode_json_message(frame.as_text());
}

Frame encode_message(const Message& message) {
  if (is_binary(message)) return {false, std::make_shared<const Bytes>(encode_binary_message(message))};
  const std::string text = encode_json_message(message);
  return {true, std::make_shared<const Bytes>(text.begin(), text.end())};
}

const char* name_of(const Message& message) {
  static constexpr const char* names[] = {"hello", "welcome", "confirm", "want",  "lack", "compared",
                                          "error", "push",    "entries", "chain", "heads"};
  static_assert(std::variant_size_v<Message> == std::size(names));
  return names[message.index()];
}

std::size_t bundle_bytes(const Message& message) {
  if (const auto* push = std::get_if<Push>(&message)) return total_size(push->envelopes);
  if (const auto* chain = std::get_if<ChainPart>(&message)) return total_size(chain->envelopes);
  std::size_t size = 0;
  if (const auto* entries = std::get_if<Entries>(&message)) {
    for (const Entries::Entry& entry : entries->entries) size += entry.envelope.size();
  }
  return size;
}

}  // namespace tidemark::sync
