#include "sim/trace.h"

#include <sodium.h>

namespace tidemark::sim {
namespace {

constexpr std::size_t pending_max = 16 * 1024;

void put(std::string& out, std::uint64_t number) {
  for (int i = 0; i < 8; ++i) out += char(std::uint8_t(number >> (8 * i)));
}

Hash chain(const Hash& before, const std::string& bytes) {
  Hash after{};
  crypto_generichash(after.data(), after.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                     before.data(), before.size());
  return after;
}

}  // namespace

void Trace::hash_in(Moment::Kind kind, std::string_view lane, std::uint64_t message, std::string_view facts) {
  put(pending_, std::uint64_t(kind));
  put(pending_, std::uint64_t(ms_));
  put(pending_, step_);
  put(pending_, message);
  put(pending_, lane.size());
  pending_ += lane;
  put(pending_, facts.size());
  pending_ += facts;
  if (pending_.size() >= pending_max) fold();
}

void Trace::fold() {
  chained_ = chain(chained_, pending_);
  pending_.clear();
}

Hash Trace::hash() const { return chain(chained_, pending_); }

}  // namespace tidemark::sim
