#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <system_error>

#include "client/replica.h"

namespace tidemark {

void system_random(void* out, std::size_t size) {
  auto* bytes = static_cast<std::uint8_t*>(out);
  while (size > 0) {
    const std::size_t part = std::min<std::size_t>(size, 256);  // getentropy gives no more at once
    if (::getentropy(bytes, part) != 0) throw std::system_error(errno, std::generic_category(), "getting random bytes");
    bytes += part;
    size -= part;
  }
}

}  // namespace tidemark
