// Binary messages: one type byte, then the fields. Lengths and counts are minimal LEB128, see bundles/varint.h.
#include "bundles/varint.h"
#include "hlc/assert.h"
#include "sync/message_parts.h"

namespace tidemark::sync {
namespace {

enum class Type : std::uint8_t { push = 1, entries = 2, chain = 3, heads = 4 };
enum class EntryKind : std::uint8_t { held = 0, bundle = 1 };

constexpr std::size_t head_bytes_min = 8 + 1 + 32;

Error malformed(const char* message, const char* field) {
  return {"bad_message", std::string(message) + " " + field, "", "the form of docs/protocol.md", "", Retry::never};
}

void append_head(Bytes& out, const Head& head) {
  append_be64(out, head.node.value);
  append_varint(out, head.n);
  append_bytes(out, ByteView(head.hash));
}

Head read_head(Reader& reader) {
  Head head;
  head.node.value = reader.be64();
  head.n = reader.varint();
  if (head.n == 0) reader.fail();
  const ByteView hash = reader.bytes(head.hash.size());
  if (reader.ok()) std::copy(hash.begin(), hash.end(), head.hash.begin());
  return head;
}

void append_envelope(Bytes& out, ByteView envelope) {
  append_varint(out, envelope.size());
  append_bytes(out, envelope);
}

ByteView read_envelope(Reader& reader) {
  const std::uint64_t size = reader.varint();
  if (size == 0 || size > max_bundle_bytes + 1) reader.fail();
  return reader.bytes(size);
}

std::vector<ByteView> read_envelopes(Reader& reader) {
  std::vector<ByteView> envelopes;
  while (reader.ok() && reader.left() > 0) envelopes.push_back(read_envelope(reader));
  return envelopes;
}

Result<Message> read_push(Reader& reader) {
  Push push{read_envelopes(reader)};
  if (!reader.ok() || push.envelopes.empty()) return malformed("push", "envelopes");
  return Message(std::move(push));
}

Result<Message> read_entries(Reader& reader) {
  Entries entries;
  entries.first_seq = reader.varint();
  while (reader.ok() && reader.left() > 0) {
    const std::uint8_t kind = reader.byte();
    if (kind == std::uint8_t(EntryKind::held)) {
      entries.entries.push_back({read_head(reader), {}});
    } else if (kind == std::uint8_t(EntryKind::bundle)) {
      entries.entries.push_back({std::nullopt, read_envelope(reader)});
    } else {
      reader.fail();
    }
  }
  if (!reader.ok() || entries.first_seq == 0 || entries.entries.empty()) return malformed("entries", "entry");
  return Message(std::move(entries));
}

Result<Message> read_chain(Reader& reader) {
  ChainPart chain;
  const std::uint8_t complete = reader.byte();
  chain.complete = complete == 1;
  chain.envelopes = read_envelopes(reader);
  if (!reader.ok() || complete > 1) return malformed("chain", "envelopes");
  return Message(std::move(chain));
}

Result<Message> read_heads(Reader& reader) {
  HeadsPage page;
  const std::uint8_t last = reader.byte();
  page.last = last == 1;
  const std::uint64_t count = reader.count(head_bytes_min);
  page.heads.reserve(count);
  for (std::uint64_t i = 0; i < count && reader.ok(); ++i) {
    page.heads.push_back(read_head(reader));
    const bool ascends = i == 0 || page.heads[i - 1].node < page.heads[i].node;
    if (!ascends) reader.fail();
  }
  // Only the last page may be empty: otherwise pages could come for ever and say nothing.
  if (!reader.ok() || reader.left() > 0 || last > 1 || (page.heads.empty() && !page.last))
    return malformed("heads", "page");
  return Message(std::move(page));
}

struct Encoder {
  Bytes out;

  void operator()(const Push& push) {
    out.push_back(std::uint8_t(Type::push));
    for (const ByteView envelope : push.envelopes) append_envelope(out, envelope);
  }
  void operator()(const Entries& entries) {
    out.push_back(std::uint8_t(Type::entries));
    append_varint(out, entries.first_seq);
    for (const Entries::Entry& entry : entries.entries) {
      out.push_back(std::uint8_t(entry.held ? EntryKind::held : EntryKind::bundle));
      if (entry.held)
        append_head(out, *entry.held);
      else
        append_envelope(out, entry.envelope);
    }
  }
  void operator()(const ChainPart& chain) {
    out.push_back(std::uint8_t(Type::chain));
    out.push_back(chain.complete ? 1 : 0);
    for (const ByteView envelope : chain.envelopes) append_envelope(out, envelope);
  }
  void operator()(const HeadsPage& page) {
    out.push_back(std::uint8_t(Type::heads));
    out.push_back(page.last ? 1 : 0);
    append_varint(out, page.heads.size());
    for (const Head& head : page.heads) append_head(out, head);
  }
  template <class Control>
  void operator()(const Control&) {
    TIDEMARK_ASSERT(false && "a control message has no binary form");
  }
};

}  // namespace

Result<Message> decode_binary_message(ByteView bytes) {
  Reader reader(bytes);
  switch (reader.byte()) {
    case std::uint8_t(Type::push):
      return read_push(reader);
    case std::uint8_t(Type::entries):
      return read_entries(reader);
    case std::uint8_t(Type::chain):
      return read_chain(reader);
    case std::uint8_t(Type::heads):
      return read_heads(reader);
    default:
      break;
  }
  return Error{"unknown_type",
               "binary message",
               bytes.empty() ? "nothing" : "type " + std::to_string(bytes[0]),
               "type 1 to 4",
               "The peer may speak a later protocol.",
               Retry::never};
}

Bytes encode_binary_message(const Message& message) {
  Encoder encoder;
  std::visit(encoder, message);
  return std::move(encoder.out);
}

}  // namespace tidemark::sync
