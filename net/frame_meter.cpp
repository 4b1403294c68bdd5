#include "net/frame_meter.h"

#include <algorithm>
#include <string_view>

namespace tidemark::net {

FrameMeter::FrameMeter(Start start) : place_(start == Start::at_frame ? Place::header : Place::http_head) {}

bool FrameMeter::under_way() const {
  return place_ == Place::payload || (place_ == Place::header && (header_bytes_ > 0 || fragmented_));
}

// Of the header that is being collected, as far as its first two bytes tell.
std::size_t FrameMeter::header_size() const {
  if (header_bytes_ < 2) return 2;
  const std::size_t length = header_[1] & 0x7f;
  return 2u + (length == 126 ? 2u : length == 127 ? 8u : 0u) + ((header_[1] & 0x80) != 0 ? 4u : 0u);
}

void FrameMeter::feed(ByteView raw) {
  static constexpr std::string_view head_end = "\r\n\r\n";
  while (!raw.empty()) {
    if (place_ == Place::payload) {
      const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(payload_left_, raw.size()));
      if (!control_) data_bytes_ += taken;
      payload_left_ -= taken;
      raw = raw.subspan(taken);
      if (payload_left_ == 0) end_frame();
      continue;
    }
    const std::uint8_t byte = raw.front();
    raw = raw.subspan(1);
    if (place_ == Place::http_head) {
      const char wanted = head_end[head_matched_];
      head_matched_ = byte == static_cast<std::uint8_t>(wanted) ? head_matched_ + 1 : (byte == '\r' ? 1 : 0);
      if (head_matched_ == head_end.size()) place_ = Place::header;
      continue;
    }
    header_[header_bytes_++] = byte;
    if (header_bytes_ == header_size()) begin_payload();
  }
}

void FrameMeter::begin_payload() {
  control_ = (header_[0] & 0x08) != 0;
  final_ = (header_[0] & 0x80) != 0;
  const std::size_t length = header_[1] & 0x7f;
  const std::size_t length_bytes = length == 126 ? 2 : length == 127 ? 8 : 0;
  payload_left_ = length_bytes == 0 ? length : 0;
  for (std::size_t i = 0; i < length_bytes; ++i) payload_left_ = payload_left_ << 8 | header_[2 + i];
  header_bytes_ = 0;
  if (!control_) {
    fragmented_ = true;
    most_fragments_ = std::max(most_fragments_, ++fragments_);
  }
  place_ = Place::payload;
  if (payload_left_ == 0) end_frame();
}

void FrameMeter::end_frame() {
  place_ = Place::header;
  if (control_) {
    ++control_frames_;
  } else if (final_) {
    fragmented_ = false;
    fragments_ = 0;
    ++messages_;
  }
  if (!fragmented_) ++boundaries_;
}

}  // namespace tidemark::net
