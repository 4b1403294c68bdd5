// ReadBuffer: collects the payload of one message. Pure.
//
// A frame header may announce a long message whose bytes never come, so room grows with what has
// arrived and not with what was announced; an idle connection keeps 512 bytes ready.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>

#include "crdt/bytes.h"

namespace tidemark::net {

class ReadBuffer {
 public:
  // Free room, never empty, to read the next bytes into; it grows by `more_max` at most.
  std::span<std::uint8_t> room(std::size_t more_max) {
    if (filled_ == bytes_.size()) {
      const std::size_t more = std::min(more_max, std::max(filled_, grown_bytes));
      bytes_.resize(filled_ + std::max<std::size_t>(more, 1));
    }
    return std::span(bytes_).subspan(filled_);
  }

  void filled(std::size_t bytes) { filled_ += bytes; }

  // The message; the buffer is empty again afterwards.
  SharedBytes take() {
    const std::size_t size = std::exchange(filled_, 0);
    if (bytes_.size() == idle_bytes)
      return std::make_shared<const Bytes>(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(size));
    Bytes taken = std::exchange(bytes_, Bytes(idle_bytes));
    taken.resize(size);
    if (taken.capacity() > 2 * size) taken.shrink_to_fit();
    return std::make_shared<const Bytes>(std::move(taken));
  }

 private:
  static constexpr std::size_t idle_bytes = 512;
  static constexpr std::size_t grown_bytes = 4096;

  Bytes bytes_ = Bytes(idle_bytes);
  std::size_t filled_ = 0;
};

}  // namespace tidemark::net
