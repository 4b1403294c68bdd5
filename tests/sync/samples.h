// Frames, heads and bundles that the tests of sessions and messages are written with.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "bundles/chain.h"
#include "bundles/envelope.h"
#include "sync/message.h"
#include "tests/bundles/samples.h"

namespace tidemark::sync {

inline Frame text_frame(std::string_view text) {
  return {true, std::make_shared<const Bytes>(text.begin(), text.end())};
}
inline Frame binary_frame(Bytes bytes) { return {false, std::make_shared<const Bytes>(std::move(bytes))}; }

// The code of the error that the text or the bytes lead to, or "ok".
inline std::string code_of_text(std::string_view text) { return code_of(decode_message(text_frame(text))); }
inline std::string code_of_bytes(Bytes bytes) { return code_of(decode_message(binary_frame(std::move(bytes)))); }

inline Hash hash_of(std::uint8_t byte) {
  Hash hash;
  hash.fill(byte);
  return hash;
}
inline Head head_of(NodeId node, std::uint64_t n, std::uint8_t byte = 0xaa) {
  return {node, n, n == 0 ? Hash{} : hash_of(byte)};
}
inline LogId log_of(std::uint8_t byte) {
  LogId log;
  log.fill(byte);
  return log;
}

inline constexpr NodeId node_a{0xa};
inline constexpr NodeId node_b{0xb};
inline constexpr NodeId node_c{0xc};

inline Hello hello_of(NodeId node, std::uint64_t n = 0) {
  Hello hello;
  hello.space = sample_space;
  hello.own = head_of(node, n);
  hello.clock_ms = std::int64_t(sample_ms);
  return hello;
}

inline Welcome welcome_to(const Hello& hello, Verdict verdict = Verdict::ok) {
  Welcome welcome;
  welcome.log = log_of(0x10);
  welcome.time_ms = std::int64_t(sample_ms);
  welcome.heads.push_back(hello.own);
  for (const Head& other : hello.others) welcome.heads.push_back(other);
  welcome.verdict = verdict;
  return welcome;
}

// One bundle of a chain, as it travels.
struct ChainLink {
  Head head;
  Bytes canonical;
  Bytes envelope;
};

// A node's chain of small bundles, the first `count` of it; `text_bytes` makes them larger.
inline std::vector<ChainLink> chain_of(NodeId node, std::uint64_t count, std::size_t text_bytes = 5) {
  std::vector<ChainLink> chain;
  Hash previous{};
  for (std::uint64_t n = 1; n <= count; ++n) {
    const Stamp stamp{sample_ms + n, 0, node};
    const Bundle bundle{
        node, n, {one_event(stamp, "note", "body", text_value(std::string(text_bytes, char('a' + n % 26))))}};
    EncodedBundle encoded = encode_bundle(bundle, previous, sample_space);
    previous = encoded.head.hash;
    Bytes envelope = pack_envelope(encoded.bytes);
    chain.push_back({encoded.head, std::move(encoded.bytes), std::move(envelope)});
  }
  return chain;
}

inline std::vector<ByteView> envelopes_of(const std::vector<ChainLink>& chain) {
  std::vector<ByteView> envelopes;
  for (const ChainLink& link : chain) envelopes.push_back(link.envelope);
  return envelopes;
}

inline Bytes bytes_of(ByteView view) { return {view.begin(), view.end()}; }

// One message of each kind; the views of the binary ones point to what lives as long as the program.
std::vector<Message> one_of_each();

}  // namespace tidemark::sync
