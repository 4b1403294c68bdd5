// Service: a relay on the network. It joins net's listener and connections to the pure Relay and its log's thread, keeps
// the time, and answers /healthz and /metrics. Everything happens on the loop's thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "hlc/wall_clock.h"
#include "net/limits.h"
#include "net/loop.h"
#include "server/config.h"
#include "server/relay.h"
#include "server/sqlite_log.h"
#include "server/tokens.h"

namespace tidemark::server {

struct ServiceOptions {
  Address listen{"127.0.0.1", 0};
  SqliteLogOptions log;
  std::optional<Tokens> tokens;  // none: everybody may use every space
  WallClock wall_clock;
  std::function<std::uint64_t()> random;  // 64 random bits: for log ids
  std::string version;
  sync::Limits limits;
  net::Limits net_limits;
  std::chrono::milliseconds stop_max{10'000};
};

class Service {
 public:
  // Opens the log and listens. Throws LogError and std::system_error.
  Service(net::Loop& loop, ServiceOptions options);
  // Drops what is still connected; what was given to the log is committed.
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // "HOST:PORT" with the real port.
  std::string address() const;

  // Accepts nobody any more, lets what was taken in be committed and confirmed, closes every connection with 1001 and
  // calls `stopped`; after stop_max at the latest, whatever is still open. Once.
  void stop(std::function<void()> stopped);

 private:
  struct Parts;
  std::shared_ptr<Parts> parts_;
};

}  // namespace tidemark::server
