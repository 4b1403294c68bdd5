// Frame: one WebSocket message, the unit that sessions exchange and net carries.
#pragma once

#include <string_view>

#include "crdt/bytes.h"

namespace tidemark::sync {

struct Frame {
  bool text = false;  // control messages are text, bundles and heads binary
  SharedBytes bytes;  // never null

  std::string_view as_text() const { return {reinterpret_cast<const char*>(bytes->data()), bytes->size()}; }
};

// Close codes we send, of RFC 6455 section 7.4 and the IANA registry.
enum class CloseCode : std::uint16_t {
  normal = 1000,       // done
  going_away = 1001,   // the relay shuts down: reconnect later
  protocol = 1002,     // a message that cannot be understood, or out of state
  bad_payload = 1007,  // text that is not UTF-8
  policy = 1008,       // refused: credential, deadline, byte rate
  too_big = 1009,      // a message above the limit
  internal = 1011,     // storage failed here
  busy = 1013,         // queue or connection limit reached: try again later
};

}  // namespace tidemark::sync
