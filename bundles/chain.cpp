#include "bundles/chain.h"

#include <sodium.h>

#include "bundles/varint.h"
#include "crdt/limits.h"
#include "hlc/assert.h"

namespace tidemark {
namespace {

class Digest {
 public:
  Digest() {
    // Chooses the fastest implementation for this processor; idempotent and safe from any thread.
    static const int ready = sodium_init();
    TIDEMARK_ASSERT(ready >= 0);
    crypto_generichash_init(&state_, nullptr, 0, sizeof(Hash));
  }

  Digest& add(ByteView bytes) {
    crypto_generichash_update(&state_, bytes.data(), bytes.size());
    return *this;
  }

  Digest& add(std::uint64_t number) {
    std::uint8_t bytes[8];
    for (int i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(number >> (56 - 8 * i));
    return add(ByteView(bytes));
  }

  Digest& add(const Head& head) { return add(head.node.value).add(head.n).add(ByteView(head.hash)); }

  Hash finish() {
    Hash hash;
    crypto_generichash_final(&state_, hash.data(), hash.size());
    return hash;
  }

 private:
  crypto_generichash_state state_;
};

}  // namespace

Hash next_head(const Hash& previous, std::string_view space, ByteView body) {
  TIDEMARK_ASSERT(space.size() <= max_space_bytes);
  const auto length = static_cast<std::uint8_t>(space.size());
  return Digest()
      .add(ByteView(previous))
      .add(ByteView(&length, 1))
      .add(ByteView(reinterpret_cast<const std::uint8_t*>(space.data()), space.size()))
      .add(body)
      .finish();
}

Hash next_acc(const Hash& previous, const Head& appended) {
  return Digest().add(ByteView(previous)).add(appended).finish();
}

NodeId derived_node(NodeId node, const Hash& first_differing_head) {
  const Hash hash = Digest().add(node.value).add(ByteView(first_differing_head)).finish();
  return NodeId{Reader(hash).be64()};
}

Hash heads_digest(std::span<const Head> sorted_heads) {
  if (sorted_heads.empty()) return Hash{};
  Digest digest;
  for (const Head& head : sorted_heads) digest.add(head);
  return digest.finish();
}

std::string to_hex(ByteView bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

bool from_hex(std::string_view text, std::span<std::uint8_t> out) {
  if (text.size() != out.size() * 2) return false;
  for (std::size_t i = 0; i < out.size(); ++i) {
    int byte = 0;
    for (const char digit : text.substr(2 * i, 2)) {
      const bool decimal = digit >= '0' && digit <= '9';
      if (!decimal && !(digit >= 'a' && digit <= 'f')) return false;
      byte = byte * 16 + (decimal ? digit - '0' : digit - 'a' + 10);
    }
    out[i] = static_cast<std::uint8_t>(byte);
  }
  return true;
}

}  // namespace tidemark
