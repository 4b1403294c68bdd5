#include "server/metrics.h"

#include <doctest/doctest.h>

using namespace tidemark::server;

namespace {

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("health is ok without alarms and degraded with any") {
  Snapshot snapshot;
  snapshot.version = "1.2.3";
  snapshot.relay.sessions = 4;
  snapshot.relay.spaces = 2;
  CHECK(health_json(snapshot) == R"({"status":"ok","version":"1.2.3","sessions":4,"spaces":2,"alarms":[]})"
                                 "\n");
  snapshot.relay.clock_alarm = true;
  CHECK(health_json(snapshot).find(R"("status":"degraded")") != std::string::npos);
  CHECK(health_json(snapshot).find(R"("alarms":["clock"])") != std::string::npos);
  snapshot.relay.storage_alarm = true;
  CHECK(health_json(snapshot).find(R"("alarms":["clock","storage"])") != std::string::npos);
}

TEST_CASE("metrics carry every counter in the Prometheus text format") {
  Snapshot snapshot;
  snapshot.version = "1.2.3";
  snapshot.connections = 5;
  snapshot.relay.sessions = 4;
  snapshot.relay.bundles_confirmed = 12'345;
  snapshot.relay.storage_alarm = true;
  snapshot.log.failures = 3;
  const auto text = metrics_text(snapshot);
  CHECK(has_line(text, "tidemark_relay_info{version=\"1.2.3\"} 1"));
  CHECK(has_line(text, "tidemark_relay_connections 5"));
  CHECK(has_line(text, "# TYPE tidemark_relay_bundles_confirmed_total counter"));
  CHECK(has_line(text, "tidemark_relay_bundles_confirmed_total 12345"));
  CHECK(has_line(text, "tidemark_relay_alarm{alarm=\"clock\"} 0"));
  CHECK(has_line(text, "tidemark_relay_alarm{alarm=\"storage\"} 1"));
  CHECK(has_line(text, "tidemark_relay_storage_failures_total 3"));
}

TEST_CASE("sizes of group commits are a cumulative histogram") {
  Snapshot snapshot;
  snapshot.log.groups = 6;
  snapshot.log.entries = 10'000;
  snapshot.log.groups_by_size = {3, 2, 0, 0, 0, 0, 0, 1};
  const auto text = metrics_text(snapshot);
  CHECK(has_line(text, "tidemark_relay_commit_entries_bucket{le=\"1\"} 3"));
  CHECK(has_line(text, "tidemark_relay_commit_entries_bucket{le=\"4\"} 5"));
  CHECK(has_line(text, "tidemark_relay_commit_entries_bucket{le=\"4096\"} 5"));
  CHECK(has_line(text, "tidemark_relay_commit_entries_bucket{le=\"+Inf\"} 6"));
  CHECK(has_line(text, "tidemark_relay_commit_entries_sum 10000"));
  CHECK(has_line(text, "tidemark_relay_commit_entries_count 6"));
}
