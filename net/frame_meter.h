// FrameMeter: follows the frame boundaries in the bytes that arrive on a WebSocket.
//
// The WebSocket library below tells when a message is complete, not that one has begun, how many
// frames it came in, or that a ping is stuck half-way. The meter sees the same raw bytes one layer
// lower, reads only frame headers (RFC 6455 section 5.2) and counts. It judges nothing: malformed
// frames are the library's business, and after one of them the counts mean nothing. Pure, O(headers).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "crdt/bytes.h"

namespace tidemark::net {

class FrameMeter {
 public:
  // A client reads the HTTP response head from the same stream first; the meter skips it.
  enum class Start { at_frame, at_http_head };
  explicit FrameMeter(Start start = Start::at_frame);

  void feed(ByteView raw);

  // True when the bytes so far end inside a frame or between the fragments of a message.
  bool under_way() const;
  // How often the stream stood between two messages; a control frame among them counts too.
  std::uint64_t boundaries() const { return boundaries_; }
  std::uint64_t messages() const { return messages_; }
  std::uint64_t data_bytes() const { return data_bytes_; }  // payload of data frames only
  std::uint64_t control_frames() const { return control_frames_; }
  // The most frames that any one message, finished or not, has come in.
  std::uint64_t most_fragments() const { return most_fragments_; }

 private:
  enum class Place { http_head, header, payload };

  std::size_t header_size() const;
  void begin_payload();
  void end_frame();

  Place place_;
  std::size_t head_matched_ = 0;  // of the empty line that ends the HTTP head
  std::array<std::uint8_t, 14> header_{};
  std::size_t header_bytes_ = 0;
  std::uint64_t payload_left_ = 0;
  bool control_ = false;
  bool final_ = false;
  bool fragmented_ = false;  // a message has begun and its last frame has not
  std::uint64_t fragments_ = 0;
  std::uint64_t most_fragments_ = 0;
  std::uint64_t boundaries_ = 0;
  std::uint64_t messages_ = 0;
  std::uint64_t data_bytes_ = 0;
  std::uint64_t control_frames_ = 0;
};

}  // namespace tidemark::net
