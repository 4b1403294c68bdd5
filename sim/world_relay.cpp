// The relay's life.
#include <algorithm>

#include "server/log_error.h"
#include "sim/world.h"

namespace tidemark::sim {
namespace {

constexpr std::int64_t restart_ms = 500;
constexpr std::uint32_t log_delays_ms[] = {0, 1, 5, 20, 100};
constexpr std::uint32_t slow_log_rate = 250'000;
constexpr std::int64_t drop_notice_ms = 1;

}  // namespace

void World::start_relay() {
  if (relay) return;
  relay_start_at_ms_ = now_ms + restart_ms;
  try {
    log = std::make_unique<LogWatch>(relay_file, relay_disk.vfs(), ledger);
  } catch (const server::LogError& error) {
    log.reset();
    if (relay_disk.dead()) return bury_relay();
    if (relay_disk.counts().faults == relay_faults_met)
      throw Violation("environment", std::string("relay: nothing was broken, but: ") + error.what());
    relay_faults_met = relay_disk.counts().faults;
    return;
  }
  if (relay_disk.dead()) return bury_relay();
  server::RelayOptions options;
  options.random = [this] { return relay_random_.next(); };
  options.limits.in_flight_bytes = profile.in_flight_bytes;
  options.limits.delivery_bytes = profile.delivery_bytes;
  relay = std::make_unique<server::Relay>(*log, options);
  if (now_ms > 0) note(Moment::Kind::healed, "relay", "starts");
  for (Observer* observer : observers) observer->relay_opened();
}

bool World::relay_does(const std::function<void()>& act) {
  if (!relay) return false;
  act();
  if (relay_disk.dead()) {
    bury_relay();
    return false;
  }
  take_relay_outputs();
  if (relay && log->waiting() && !log_due_ms_)
    log_due_ms_ = now_ms + log_delays_ms[chooser.rarely(Tape::schedule, slow_log_rate, std::size(log_delays_ms))];
  return relay != nullptr;
}

void World::take_relay_outputs() {
  while (auto output = relay->next_output()) {
    const std::uint64_t session = std::visit([](const auto& one) { return one.session; }, *output);
    const auto at = connections.find(session);
    if (auto* message = std::get_if<server::Send>(&*output)) {
      for (Observer* observer : observers) observer->answered(session, message->frame);
      if (at == connections.end() || !at->second.relay_end) continue;
      if (at->second.device_end && !at->second.broken) send(at->second, false, std::move(message->frame));
    } else {
      for (Observer* observer : observers) observer->relay_closed(session, std::get<server::Close>(*output));
      if (at != connections.end()) drop_relay_end(at->second, true);
    }
  }
}

void World::drop_relay_end(Connection& connection, bool says_so) {
  if (!connection.relay_end) return;
  const std::uint64_t session = connection.session;
  connection.relay_end = false;
  connection.relay_notices_ms.reset();
  lose_flights(connection.up, "relay", 0);
  if (connection.device_end) {
    if (says_so && !connection.broken)
      connection.down.push_back({{}, arrival(connection.down), 0, true});
    else if (!connection.device_notices_ms)
      connection.device_notices_ms = (connection.down.empty() ? now_ms : connection.down.back().at_ms) + drop_notice_ms;
  }
  forget_if_over(session);
  if (relay) relay_does([&] { relay->closed(session); });
}

void World::deliver_up(std::uint64_t session) {
  Connection& connection = connections.at(session);
  Connection::Flight flight = std::move(connection.up.front());
  connection.up.pop_front();
  connection.last_moved_ms = now_ms;
  if (!connection.relay_end || !relay) return forget_if_over(session);
  if (flight.closes) return drop_relay_end(connection, false);
  trace.note(Moment::Kind::arrived, "relay", flight.message, {}, [] { return std::string(); });
  relay_does([&] { relay->received(session, flight.frame, relay_now()); });
  forget_if_over(session);
}

void World::run_log() {
  log_due_ms_.reset();
  if (!relay) return;
  relay_does([&] {
    log->run();
    if (!relay_disk.dead()) relay->poll(relay_now());
  });
}

void World::crash_relay(bool power, std::int64_t down_ms) {
  relay_power_at_death = power;
  relay_down_ms = down_ms;
  relay_disk.die();
  bury_relay();
}

void World::bury_relay() {
  const bool power = std::exchange(relay_power_at_death, false);
  note(Moment::Kind::fault, "relay", power ? "loses power" : "crashes");
  relay.reset();
  log.reset();
  log_due_ms_.reset();
  if (power)
    relay_disk.power_loss();
  else
    relay_disk.restart();
  relay_start_at_ms_ = now_ms + relay_down_ms;
  std::vector<std::uint64_t> sessions;
  for (const auto& [session, connection] : connections) sessions.push_back(session);
  for (const std::uint64_t session : sessions) drop_relay_end(connections.at(session), false);
  for (Observer* observer : observers) observer->relay_crashed(power);
}

// --- what operators do ------------------------------------------------------------------------------------------------

void World::save_relay() {
  relay_disk.copy_database(relay_file, relay_disk, relay_saved_file);
  note(Moment::Kind::write, "relay", "a copy of its log is kept");
}

bool World::restore_relay() {
  if (!relay_disk.exists(relay_saved_file)) return false;
  tell_before_loss();
  crash_relay(false, 0);
  relay_disk.copy_database(relay_saved_file, relay_disk, relay_file);
  ledger = read_log(relay_saved_file, relay_disk.durable_copy()->vfs());
  note(Moment::Kind::fault, "relay", "an older copy takes its log's place");
  tell_after_loss();
  start_relay();
  return true;
}

void World::wipe_relay() {
  tell_before_loss();
  crash_relay(false, 0);
  for (const char* suffix : {"", "-wal", "-journal"}) relay_disk.remove(std::string(relay_file) + suffix);
  ledger = {};
  note(Moment::Kind::fault, "relay", "its log is thrown away");
  tell_after_loss();
  start_relay();
}

}  // namespace tidemark::sim
