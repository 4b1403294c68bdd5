// WriteQueue: the messages of one connection that wait to be sent, bounded in bytes. Pure.
#pragma once

#include <cstddef>
#include <deque>
#include <utility>

#include "hlc/assert.h"
#include "sync/frame.h"

namespace tidemark::net {

class WriteQueue {
 public:
  explicit WriteQueue(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  // False, and nothing queued, when the bytes of the queue would exceed the limit.
  bool push(sync::Frame frame) {
    const std::size_t size = frame.bytes->size();
    if (size > bytes_max_ - bytes_) return false;
    bytes_ += size;
    frames_.push_back(std::move(frame));
    return true;
  }

  bool empty() const { return frames_.empty(); }
  std::size_t bytes() const { return bytes_; }
  bool writing() const { return writing_; }

  // Takes the front message under way. It counts until end_write().
  const sync::Frame& begin_write() {
    TIDEMARK_ASSERT(!writing_ && !frames_.empty());
    writing_ = true;
    return frames_.front();
  }
  void end_write() {
    TIDEMARK_ASSERT(writing_);
    writing_ = false;
    bytes_ -= frames_.front().bytes->size();
    frames_.pop_front();
  }

  // Forgets what is not under way.
  void clear_waiting() {
    frames_.resize(writing_ ? 1 : 0);
    bytes_ = writing_ ? frames_.front().bytes->size() : 0;
  }

 private:
  std::size_t bytes_max_;
  std::deque<sync::Frame> frames_;
  std::size_t bytes_ = 0;
  bool writing_ = false;
};

}  // namespace tidemark::net
