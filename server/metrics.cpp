#include "server/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <iterator>
#include <limits>

#include "crdt/json.h"

namespace tidemark::server {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

class Families {
 public:
  void counter(const char* name, const char* help, std::uint64_t value) {
    ClientMetric metric;
    metric.counter.value = static_cast<double>(value);
    add(name, help, MetricType::Counter, {metric});
  }
  void gauge(const char* name, const char* help, std::uint64_t value) {
    add(name, help, MetricType::Gauge, {level(value)});
  }
  void gauges(const char* name, const char* help, std::vector<ClientMetric> metrics) {
    add(name, help, MetricType::Gauge, std::move(metrics));
  }
  void histogram(const char* name, const char* help, ClientMetric metric) {
    add(name, help, MetricType::Histogram, {metric});
  }

  static ClientMetric level(std::uint64_t value, std::vector<ClientMetric::Label> labels = {}) {
    ClientMetric metric;
    metric.gauge.value = static_cast<double>(value);
    metric.label = std::move(labels);
    return metric;
  }

  std::string text() const { return prometheus::TextSerializer().Serialize(families_); }

 private:
  void add(const char* name, const char* help, MetricType type, std::vector<ClientMetric> metrics) {
    MetricFamily family;
    family.name = std::string("tidemark_relay_") + name;
    family.help = help;
    family.type = type;
    family.metric = std::move(metrics);
    families_.push_back(std::move(family));
  }

  std::vector<MetricFamily> families_;
};

ClientMetric group_histogram(const SqliteLogStats& log) {
  ClientMetric metric;
  metric.histogram.sample_count = log.groups;
  metric.histogram.sample_sum = static_cast<double>(log.entries);
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i < std::size(group_sizes); ++i) {
    cumulative += log.groups_by_size[i];
    metric.histogram.bucket.push_back({cumulative, static_cast<double>(group_sizes[i])});
  }
  metric.histogram.bucket.push_back({log.groups, std::numeric_limits<double>::infinity()});
  return metric;
}

}  // namespace

std::string health_json(const Snapshot& snapshot) {
  std::string alarms;
  if (snapshot.relay.clock_alarm) alarms += "\"clock\"";
  if (snapshot.relay.storage_alarm) alarms += std::string(alarms.empty() ? "" : ",") + "\"storage\"";
  return std::string("{\"status\":") + (alarms.empty() ? "\"ok\"" : "\"degraded\"") +
         ",\"version\":" + quote_json(snapshot.version) + ",\"sessions\":" + std::to_string(snapshot.relay.sessions) +
         ",\"spaces\":" + std::to_string(snapshot.relay.spaces) + ",\"alarms\":[" + alarms + "]}\n";
}

std::string metrics_text(const Snapshot& snapshot) {
  const auto& relay = snapshot.relay;
  const auto& log = snapshot.log;
  Families families;
  families.gauges("info", "The version that runs", {Families::level(1, {{"version", snapshot.version}})});
  families.gauge("connections", "Open WebSocket connections", snapshot.connections);
  families.gauge("sessions", "Open sessions", relay.sessions);
  families.gauge("spaces", "Spaces in use since the start", relay.spaces);
  families.gauges("alarm", "1 while something needs an operator",
                  {Families::level(relay.clock_alarm, {{"alarm", "clock"}}),
                   Families::level(relay.storage_alarm, {{"alarm", "storage"}})});
  families.counter("hellos_total", "Greetings of devices", relay.hellos);
  families.counter("bundles_confirmed_total", "Bundles appended to a log", relay.bundles_confirmed);
  families.counter("bundles_repeated_total", "Bundles sent again and confirmed without a second copy",
                   relay.bundles_repeated);
  families.counter("bundles_refused_total", "Bundles refused", relay.bundles_refused);
  families.counter("entries_delivered_total", "Log entries sent to devices", relay.entries_delivered);
  families.counter("errors_total", "Error messages sent to devices", relay.errors_sent);
  families.counter("forks_total", "Forked nodes met", relay.forks);
  families.counter("log_changes_total", "Devices that knew another log than this one", relay.log_changes);
  families.counter("refills_total", "Refills that were closed", relay.refills_closed);
  families.counter("received_bytes_total", "Bytes of messages received", relay.bytes_in);
  families.counter("sent_bytes_total", "Bytes of messages sent", relay.bytes_out);
  families.histogram("commit_entries", "Log entries in one group commit, which is one sync", group_histogram(log));
  families.counter("appended_bytes_total", "Bytes of bundles appended to a log", log.bytes);
  families.counter("storage_failures_total", "Failed transactions and damaged rows met", log.failures);
  families.counter("storage_reopened_total", "Database connections given up after a failure", log.reopened);
  return families.text();
}

}  // namespace tidemark::server
