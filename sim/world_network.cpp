// The network: frames under way, connections that end anywhere, directions that are blocked.
#include <algorithm>

#include "sim/wording.h"
#include "sim/world.h"

namespace tidemark::sim {
namespace {

constexpr std::int64_t latency_ms = 2;
constexpr std::int64_t connect_timeout_ms = 10'000;
constexpr std::uint32_t delays_ms[] = {0, 10, 50, 200, 1'000, 5'000, 20'000};

}  // namespace

std::uint64_t Connection::bytes_under_way() const {
  std::uint64_t bytes = 0;
  for (const auto* flights : {&up, &down}) {
    for (const Flight& flight : *flights) bytes += flight.frame.bytes ? flight.frame.bytes->size() : 0;
  }
  return bytes;
}

// A connection is a stream: nothing overtakes.
std::int64_t World::arrival(const std::deque<Connection::Flight>& before) {
  const std::size_t delay = chooser.rarely(Tape::network, profile.rate(Fault::delay), std::size(delays_ms));
  if (delay != 0) ++delayed;
  const std::int64_t at = now_ms + latency_ms + delays_ms[delay];
  return before.empty() ? at : std::max(at, before.back().at_ms);
}

void World::send(Connection& connection, bool upwards, sync::Frame frame) {
  auto& flights = upwards ? connection.up : connection.down;
  const std::uint64_t message = ++messages;
  bytes_moved_ += frame.bytes->size();
  const std::string_view lane = !upwards             ? std::string_view("relay")
                                : connection.hostile ? std::string_view("x")
                                                     : std::string_view(devices[connection.device]->name);
  trace.note(Moment::Kind::sent, lane, message, frame.as_text(), [&] { return describe(frame); });
  if (flights.empty()) connection.last_moved_ms = now_ms;
  const std::int64_t at_ms = arrival(flights);
  flights.push_back({std::move(frame), at_ms, message, false});
}

// --- a device's end ---------------------------------------------------------------------------------------------------

void World::connect(Device& device) {
  if (!device.up() || device.gone || device.session != 0) return;
  const bool unreachable = blocked_up(device) || blocked_down(device);
  if (!relay || unreachable) {
    device.retry_at_ms = now_ms + (unreachable ? connect_timeout_ms : 0) + device.backoff.next_ms(device.random.next());
    return;
  }
  device.session = ++last_session_;
  Connection& connection = connections[device.session];
  connection.session = device.session;
  connection.device = device.index;
  connection.last_moved_ms = now_ms;
  note(Moment::Kind::connected, device.name, "connects");
  relay->opened(device.session, relay_now());
  if (device.flaps > 0) {
    --device.flaps;
    const std::uint64_t bytes = 1 + chooser.draw(Tape::network, 4'000);
    cut_soon(device.session, {bytes, bytes, std::int64_t(chooser.draw(Tape::network, 2'000)), 0});
  }
  guarded(device, [&] {
    device.exchange->opened();
    take_outputs(device);
  });
}

// What Uplink does after every input: frames first, then notices, then a look whether it is over.
void World::take_outputs(Device& device) {
  const auto at = connections.find(device.session);
  while (auto frame = device.exchange->next_frame()) {
    if (device.session == 0 || at == connections.end()) continue;
    for (Observer* observer : observers) observer->sent(device, *frame);
    send(at->second, true, std::move(*frame));
  }
  while (auto notice = device.exchange->next_notice()) {
    trace.note(Moment::Kind::told, device.name, 0, describe(*notice), [&] { return describe(*notice); });
    for (Observer* observer : observers) observer->told(device, *notice);
  }
  if (const auto wait_ms = device.exchange->refresh_in_ms(); wait_ms && !device.refresh_at_ms)
    device.refresh_at_ms = now_ms + *wait_ms;
  if (device.exchange->synced()) {
    device.backoff.reset();
    device.errors = 0;
  }
  if (const auto& failed = device.exchange->failed(); failed && device.session != 0) {
    trace.note(Moment::Kind::told, device.name, 0, failed->code, [&] { return to_string(*failed); });
    for (Observer* observer : observers) observer->failed(device, *failed);
    const bool for_good = failed->retry != Retry::later;
    drop_device_end(device, true);
    // An app shows the error and somebody tries again.
    if (for_good) device.retry_at_ms = now_ms + 60'000;
  }
}

// `says_so`: the other end hears it in the stream. Otherwise it notices when nothing answers.
void World::drop_device_end(Device& device, bool says_so) {
  if (device.session == 0) return;
  const auto at = connections.find(device.session);
  device.session = 0;
  device.retry_at_ms = now_ms + device.backoff.next_ms(device.random.next());
  note(Moment::Kind::disconnected, device.name, "is disconnected");
  if (at != connections.end()) {
    Connection& connection = at->second;
    connection.device_end = false;
    connection.device_notices_ms.reset();
    lose_flights(connection.down, device.name.c_str(), 0);
    if (connection.relay_end) {
      if (says_so)
        connection.up.push_back({{}, arrival(connection.up), 0, true});
      else if (!connection.relay_notices_ms)
        connection.relay_notices_ms = connection.up.empty() ? now_ms + 1 : connection.up.back().at_ms + 1;
    }
    forget_if_over(connection.session);
  }
  if (device.exchange && !device.disk.dead()) {
    guarded(device, [&] {
      device.exchange->closed();
      take_outputs(device);
    });
  }
}

void World::deliver_down(std::uint64_t session) {
  Connection& connection = connections.at(session);
  Connection::Flight flight = std::move(connection.down.front());
  connection.down.pop_front();
  connection.last_moved_ms = now_ms;
  if (connection.hostile) {
    if (flight.closes) connection.device_end = false;
    if (connection.down.empty() && connection.relay_end && relay)
      relay_does([&] { relay->drained(session, relay_now()); });
    return forget_if_over(session);
  }
  Device& device = *devices[connection.device];
  if (device.session != session) return forget_if_over(session);
  if (flight.closes) return drop_device_end(device, false);
  trace.note(Moment::Kind::arrived, device.name, flight.message, {}, [] { return std::string(); });
  guarded(device, [&] {
    for (Observer* observer : observers) observer->arriving(device, flight.frame);
    device.exchange->received(flight.frame);
    for (Observer* observer : observers) observer->applied(device);
    take_outputs(device);
  });
  const auto again = connections.find(session);
  if (again == connections.end() || !again->second.down.empty() || !again->second.relay_end || !relay) return;
  relay_does([&] { relay->drained(session, relay_now()); });
}

// --- faults of the network --------------------------------------------------------------------------------------------

void World::cut_soon(std::uint64_t session, const Cut& cut) { cuts_.emplace_back(session, cut); }

// Of what is under way, the messages that lie wholly within the bytes that still arrive are kept.
void World::lose_flights(std::deque<Connection::Flight>& flights, const char* lane, std::uint64_t bytes_kept) {
  std::size_t kept = 0;
  std::uint64_t bytes = 0;
  while (kept < flights.size() && !flights[kept].closes) {
    bytes += flights[kept].frame.bytes->size();
    if (bytes > bytes_kept) break;
    ++kept;
  }
  for (std::size_t i = kept; i < flights.size(); ++i) {
    if (flights[i].message != 0)
      trace.note(Moment::Kind::lost, lane, flights[i].message, {}, [] { return std::string(); });
  }
  flights.resize(kept);
}

void World::cut(std::uint64_t session, const Cut& cut) {
  const auto at = connections.find(session);
  if (at == connections.end()) return;
  Connection& connection = at->second;
  note(Moment::Kind::fault, "", "a connection is cut");
  const char* device = connection.hostile ? "x" : devices[connection.device]->name.c_str();
  lose_flights(connection.up, "relay", cut.up_bytes);
  lose_flights(connection.down, device, cut.down_bytes);
  // Whoever is told later than its last message arrives goes on talking to nobody.
  const std::int64_t up_end = connection.up.empty() ? now_ms : connection.up.back().at_ms;
  const std::int64_t down_end = connection.down.empty() ? now_ms : connection.down.back().at_ms;
  if (connection.device_end) connection.device_notices_ms = down_end + 1 + cut.device_notices_ms;
  if (connection.relay_end) connection.relay_notices_ms = up_end + 1 + cut.relay_notices_ms;
  connection.broken = true;
  forget_if_over(session);
}

void World::block(Device& device, bool up, bool down) {
  auto& blocked = blocked_[device.index];
  blocked = {up, down};
  if (!up && !down) blocked_.erase(device.index);
}

bool World::blocked_up(const Device& device) const {
  const auto at = blocked_.find(device.index);
  return at != blocked_.end() && at->second.first;
}

bool World::blocked_down(const Device& device) const {
  const auto at = blocked_.find(device.index);
  return at != blocked_.end() && at->second.second;
}

void World::heal_network() {
  if (!blocked_.empty()) note(Moment::Kind::healed, "", "the network heals");
  blocked_.clear();
}

void World::forget_if_over(std::uint64_t session) {
  const auto at = connections.find(session);
  if (at == connections.end()) return;
  const Connection& connection = at->second;
  if (connection.device_end || connection.relay_end || !connection.up.empty()) return;
  connections.erase(at);
}

// --- a client that misbehaves -----------------------------------------------------------------------------------------

std::uint64_t World::connect_hostile() {
  if (!relay) return 0;
  const std::uint64_t session = ++last_session_;
  Connection& connection = connections[session];
  connection.session = session;
  connection.hostile = true;
  connection.last_moved_ms = now_ms;
  relay->opened(session, relay_now());
  return session;
}

void World::send_hostile(std::uint64_t session, sync::Frame frame) {
  const auto at = connections.find(session);
  if (at != connections.end() && at->second.relay_end) send(at->second, true, std::move(frame));
}

void World::end_hostile(std::uint64_t session) {
  const auto at = connections.find(session);
  if (at == connections.end()) return;
  at->second.device_end = false;
  at->second.up.push_back({{}, arrival(at->second.up), 0, true});
}

}  // namespace tidemark::sim
