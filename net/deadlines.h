// Deadlines: decides when a peer is too slow, too silent or too long in closing.
//
// The WebSocket library's own idle timer is reset by every byte, so a peer that drips one byte at a
// time, or sends empty fragments for ever, never meets it. Here a message has a deadline and a lowest
// byte rate of its own. Pure: the connection reports what happens with the time, arms one timer for
// due(), and does what check() says. All times are milliseconds of one monotonic clock.
#pragma once

#include <cstdint>
#include <string>

#include "crdt/bytes.h"
#include "net/frame_meter.h"
#include "net/limits.h"

namespace tidemark::net {

class Deadlines {
 public:
  enum class Side { client, server };

  // `since` is when the TCP connection was accepted or begun; the opening handshake counts from there.
  Deadlines(const Limits& limits, Side side, std::int64_t since);

  void opened(std::int64_t now);
  void received(ByteView raw, std::int64_t now);  // bytes as they came from the socket
  void write_began(std::int64_t now);             // one message at a time
  void write_ended();
  void pinged(std::int64_t now);
  void closing(std::int64_t now);  // the first call counts

  struct Verdict {
    // close: with 1008 and the reason. drop: cut the socket, nobody listens any more.
    enum class Action { wait, ping, close, drop };
    Action action = Action::wait;
    std::string reason;
  };
  Verdict check(std::int64_t now);

  // When check() may have something to say, at the earliest. Cheap; it moves forward all the time and
  // back only in received(), write_began() and closing().
  std::int64_t due() const;

 private:
  enum class Phase { opening, open, closing };

  Verdict judge(std::int64_t now);
  void postpone(std::int64_t by);

  Limits limits_;
  Side side_;
  Phase phase_ = Phase::opening;
  FrameMeter meter_;
  std::int64_t phase_since_;
  std::int64_t heard_;
  std::int64_t pinged_;
  std::int64_t message_began_ = 0;
  std::int64_t window_began_ = 0;
  std::uint64_t window_base_ = 0;  // data bytes before the window
  std::int64_t control_began_;
  std::uint64_t control_base_ = 0;  // control frames before the window
  std::int64_t write_began_ = 0;
  bool writing_ = false;
  bool excused_ = false;
  std::string flood_;  // why the peer must go at once, else empty
};

}  // namespace tidemark::net
