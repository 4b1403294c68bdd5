// Admission: counts the connections of a listener, in all and for each remote address.
#pragma once

#include <cstddef>
#include <map>
#include <string>

namespace tidemark::net {

class Admission {
 public:
  Admission(std::size_t connections_max, std::size_t per_address_max);

  // True when one more connection may come in from the address; it then counts until leave(). Loopback
  // addresses count in all, not each: behind a proxy every connection comes from there.
  bool enter(const std::string& address, bool loopback);
  void leave(const std::string& address, bool loopback);

  std::size_t connections() const { return connections_; }

 private:
  std::size_t connections_max_;
  std::size_t per_address_max_;
  std::size_t connections_ = 0;
  std::map<std::string, std::size_t> of_address_;
};

}  // namespace tidemark::net
