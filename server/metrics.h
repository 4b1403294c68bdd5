// What an operator's tools read from a relay over HTTP: /healthz for people and load balancers, /metrics for Prometheus.
#pragma once

#include <string>

#include "server/relay.h"
#include "server/sqlite_log.h"

namespace tidemark::server {

struct Snapshot {
  RelayStats relay;
  SqliteLogStats log;
  std::uint64_t connections = 0;  // open now, greeted or not
  std::string version;
};

// {"status":"ok"|"degraded","version":...,"sessions":N,"spaces":N,"alarms":["clock","storage"]}
std::string health_json(const Snapshot& snapshot);

// The Prometheus text format; every name starts with tidemark_relay_.
std::string metrics_text(const Snapshot& snapshot);

}  // namespace tidemark::server
