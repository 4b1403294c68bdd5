#include "net/admission.h"

#include "hlc/assert.h"

namespace tidemark::net {

Admission::Admission(std::size_t connections_max, std::size_t per_address_max)
    : connections_max_(connections_max), per_address_max_(per_address_max) {}

bool Admission::enter(const std::string& address, bool loopback) {
  if (connections_ >= connections_max_) return false;
  if (!loopback) {
    const auto found = of_address_.find(address);
    if ((found == of_address_.end() ? 0 : found->second) >= per_address_max_) return false;
    ++of_address_[address];
  }
  ++connections_;
  return true;
}

void Admission::leave(const std::string& address, bool loopback) {
  TIDEMARK_ASSERT(connections_ > 0);
  --connections_;
  if (loopback) return;
  const auto found = of_address_.find(address);
  TIDEMARK_ASSERT(found != of_address_.end());
  if (--found->second == 0) of_address_.erase(found);
}

}  // namespace tidemark::net
