// RawSocket, RawListener: blocking TCP on loopback for peers that break the rules, frame by frame.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace tidemark::test {

// One WebSocket frame as it travels.
struct RawFrame {
  int opcode = 0;
  bool final = true;
  std::string payload;

  // Of a close frame, else 0.
  int close_code() const {
    if (opcode != 8 || payload.size() < 2) return 0;
    return static_cast<std::uint8_t>(payload[0]) << 8 | static_cast<std::uint8_t>(payload[1]);
  }
  std::string close_reason() const { return payload.size() > 2 ? payload.substr(2) : std::string(); }
};

// Only the header of a frame whose payload has this size; the mask is zeros, so payloads stay readable.
inline std::string frame_header(int opcode, std::uint64_t size, bool final = true, bool masked = true) {
  std::string out;
  const int mask_bit = masked ? 0x80 : 0;
  out.push_back(static_cast<char>(opcode | (final ? 0x80 : 0)));
  const int length_bytes = size < 126 ? 0 : size < 65536 ? 2 : 8;
  const int short_length = length_bytes == 0 ? static_cast<int>(size) : length_bytes == 2 ? 126 : 127;
  out.push_back(static_cast<char>(mask_bit | short_length));
  for (int i = length_bytes - 1; i >= 0; --i) out.push_back(static_cast<char>(size >> (8 * i)));
  if (masked) out.append(4, '\0');
  return out;
}

inline std::string frame(int opcode, const std::string& payload, bool final = true, bool masked = true) {
  return frame_header(opcode, payload.size(), final, masked) + payload;
}

inline const std::string upgrade_request =
    "GET / HTTP/1.1\r\nHost: relay\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";
inline const std::string offer_subprotocol = "Sec-WebSocket-Protocol: tidemark.v1\r\n";

class RawSocket {
 public:
  explicit RawSocket(int fd) : fd_(fd) { limit_waits(); }

  // "127.0.0.1:PORT". A small receive buffer makes a peer that does not read be felt early.
  explicit RawSocket(std::string_view address, int receive_buffer = 0) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    limit_waits();
    if (receive_buffer > 0) ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(std::string(address.substr(address.rfind(':') + 1)))));
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
      throw std::runtime_error("connect failed");
  }

  RawSocket(RawSocket&& other) noexcept : fd_(std::exchange(other.fd_, -1)), pending_(std::move(other.pending_)) {}
  ~RawSocket() { close(); }

  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  // Closes with a reset instead of a proper end.
  void reset() {
    const linger hard{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close();
  }
  void end_sending() { ::shutdown(fd_, SHUT_WR); }

  // False when the peer has gone or takes nothing for ten seconds.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  // Whether there is something to read, or the end, within the time.
  bool readable(int ms) {
    pollfd one{fd_, POLLIN, 0};
    return !pending_.empty() || ::poll(&one, 1, ms) > 0;
  }

  // Up to and including the empty line; what came before the end if there is none.
  std::string read_head() {
    while (pending_.find("\r\n\r\n") == std::string::npos && fill()) {}
    const std::size_t end = pending_.find("\r\n\r\n");
    return take(end == std::string::npos ? pending_.size() : end + 4);
  }
  std::string read_to_end() {
    while (fill()) {}
    return take(pending_.size());
  }
  // None at the end of the stream.
  std::optional<RawFrame> read_frame() {
    if (!need(2)) return std::nullopt;
    const int short_length = pending_[1] & 0x7f;
    const std::size_t length_bytes = short_length == 126 ? 2 : short_length == 127 ? 8 : 0;
    if (!need(2 + length_bytes)) return std::nullopt;
    std::size_t length = length_bytes == 0 ? static_cast<std::size_t>(short_length) : 0;
    for (std::size_t i = 0; i < length_bytes; ++i) length = length << 8 | static_cast<std::uint8_t>(pending_[2 + i]);
    const bool masked = (pending_[1] & 0x80) != 0;
    const std::size_t header = 2 + length_bytes + (masked ? 4 : 0);
    if (!need(header + length)) return std::nullopt;
    RawFrame read{pending_[0] & 0x0f, (pending_[0] & 0x80) != 0, pending_.substr(header, length)};
    for (std::size_t i = 0; masked && i < length; ++i) read.payload[i] ^= pending_[header - 4 + i % 4];
    take(header + length);
    return read;
  }
  // The close frame, whatever comes before it; code 0 when the stream ends without one.
  RawFrame read_close() {
    for (;;) {
      const auto next = read_frame();
      if (!next) return {};
      if (next->opcode == 8) return *next;
    }
  }

  // The status of the answer to an upgrade with these further header lines.
  int upgrade(const std::string& lines = offer_subprotocol) {
    if (!send(upgrade_request + lines + "\r\n")) return 0;
    const std::string head = read_head();
    return head.size() < 12 ? 0 : std::stoi(head.substr(9, 3));
  }

 private:
  void limit_waits() {
    const timeval ten_seconds{10, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &ten_seconds, sizeof ten_seconds);
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &ten_seconds, sizeof ten_seconds);
  }
  bool fill() {
    char chunk[65536];
    const ssize_t got = ::recv(fd_, chunk, sizeof chunk, 0);
    if (got > 0) pending_.append(chunk, static_cast<std::size_t>(got));
    return got > 0;
  }
  bool need(std::size_t bytes) {
    while (pending_.size() < bytes) {
      if (!fill()) return false;
    }
    return true;
  }
  std::string take(std::size_t bytes) {
    std::string taken = pending_.substr(0, bytes);
    pending_.erase(0, bytes);
    return taken;
  }

  int fd_;
  std::string pending_;
};

// A server socket on a free loopback port.
class RawListener {
 public:
  RawListener() : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    if (::bind(fd_, reinterpret_cast<const sockaddr*>(&at), size) != 0 || ::listen(fd_, 8) != 0 ||
        ::getsockname(fd_, reinterpret_cast<sockaddr*>(&at), &size) != 0) {
      throw std::runtime_error("listen failed");
    }
    port_ = ntohs(at.sin_port);
  }
  RawListener(const RawListener&) = delete;
  ~RawListener() { ::close(fd_); }

  std::string port() const { return std::to_string(port_); }
  RawSocket accept() { return RawSocket(::accept(fd_, nullptr, nullptr)); }

 private:
  int fd_;
  std::uint16_t port_ = 0;
};

}  // namespace tidemark::test
