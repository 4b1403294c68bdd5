// Relay: the server's pure half. Many sessions, many spaces, one bundle log; no sockets, threads, clocks or files.
//
// Frames and times go in, frames and closings come out. Whoever drives it calls an input, then drains next_output(), and
// calls tick() when the deadline comes and poll() when the log may have finished something. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "server/bundle_log.h"
#include "server/now.h"
#include "sync/frame.h"
#include "sync/limits.h"

namespace tidemark::server {

using SessionId = std::uint64_t;

struct RelayOptions {
  sync::Limits limits;
  // May this credential use this space? Called once for every hello. The default lets everybody in.
  std::function<bool(const std::string& credential, const std::string& space)> authorize;
  // 8 random bytes at a time: for log ids.
  std::function<std::uint64_t()> random;
};

// Send the frame, or close the connection; nothing follows a Close.
struct Send {
  SessionId session;
  sync::Frame frame;
};
struct Close {
  SessionId session;
  sync::CloseCode code;
  std::string reason;
};
using Output = std::variant<Send, Close>;

// Counters since the start, for health and metrics.
struct RelayStats {
  std::uint64_t sessions = 0;  // open now
  std::uint64_t spaces = 0;    // loaded now
  std::uint64_t hellos = 0;
  std::uint64_t bundles_confirmed = 0;  // appended to a log
  std::uint64_t bundles_repeated = 0;   // pushed again and confirmed without a second copy
  std::uint64_t bundles_refused = 0;
  std::uint64_t commits = 0;  // group commits
  std::uint64_t entries_delivered = 0;
  std::uint64_t errors_sent = 0;
  std::uint64_t bytes_in = 0;  // of messages
  std::uint64_t bytes_out = 0;
  std::uint64_t forks = 0;        // fork verdicts and errors
  std::uint64_t log_changes = 0;  // log_changed verdicts
  std::uint64_t refills_closed = 0;
  bool clock_alarm = false;    // the wall clock disagrees with the devices, see gate.h
  bool storage_alarm = false;  // the last commit failed
};

class Relay {
 public:
  Relay(BundleLog& log, RelayOptions options);
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  void opened(SessionId session, Now now);
  void received(SessionId session, const sync::Frame& frame, Now now);
  void drained(SessionId session, Now now);  // everything sent to it has left: there is room for more
  void closed(SessionId session);
  void poll(Now now);  // pulls completions of the log
  void tick(Now now);
  // Refuses new hellos and pushes; when idle() everything taken in is committed, confirmed or refused.
  void drain();
  bool idle() const;

  std::optional<Output> next_output();
  std::optional<std::int64_t> deadline_steady_ms() const;  // when tick() should come at the latest
  const RelayStats& stats() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace tidemark::server
