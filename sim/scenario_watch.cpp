// What the world tells while a scenario is played, and the traps that wait for it.
#include <algorithm>
#include <limits>
#include <memory>

#include "sim/scenario_stage.h"
#include "sync/message.h"

namespace tidemark::sim {

void Stage::crashed(Device& one, bool) {
  deaths_.erase(one.name);
  power_is_gentle();
}

void Stage::relay_crashed(bool) {
  deaths_.erase("relay");
  power_is_gentle();
}

// A relay that dies while it commits may have done it or not. What it was known to have committed must be there.
void Stage::relay_opened() {
  const std::unique_ptr<Disk> image = world_.relay_disk.durable_copy();
  LogLedger actual = read_log(relay_file, image->vfs());
  const auto& known = world_.ledger.entries;
  const bool kept = actual.entries.size() >= known.size() &&
                    std::equal(known.begin(), known.end(), actual.entries.begin(),
                               [](const auto& a, const auto& b) { return a.head == b.head && a.acc == b.acc; });
  if (!kept) throw Violation("I2", "the relay's log lacks what it had committed");
  world_.ledger = std::move(actual);
}

void Stage::sent(Device& one, const sync::Frame& frame) { watch_for_cut(one, frame, true); }

void Stage::answered(std::uint64_t session, const sync::Frame& frame) {
  if (session == hostile_session_) {
    const Result<sync::Message> message = sync::decode_message(frame);
    const auto* error = message ? std::get_if<sync::ErrorMessage>(&*message) : nullptr;
    if (error) told_["hostile"].insert(error->error.code);
    return;
  }
  for (const auto& one : world_.devices) {
    if (one->session == session) watch_for_cut(*one, frame, false);
  }
}

// What left before this frame still arrives, as does everything in the other direction.
void Stage::watch_for_cut(Device& one, const sync::Frame& frame, bool up) {
  const auto pending = cuts_.find(one.name);
  const auto link = world_.connections.find(one.session);
  if (pending == cuts_.end() || link == world_.connections.end()) return;
  PendingCut& wanted = pending->second;
  std::uint64_t kept = 0;
  if (!wanted.message.empty()) {
    const Result<sync::Message> message = sync::decode_message(frame);
    if (!message || sync::name_of(*message) != wanted.message) return;
  } else {
    if (wanted.up != up) return;
    if (frame.bytes->size() <= wanted.bytes) {
      wanted.bytes -= frame.bytes->size();
      return;
    }
    kept = wanted.bytes;
  }
  for (const Connection::Flight& flight : up ? link->second.up : link->second.down) {
    if (!flight.closes) kept += flight.frame.bytes->size();
  }
  World::Cut how;
  how.up_bytes = up ? kept : std::numeric_limits<std::uint64_t>::max();
  how.down_bytes = up ? std::numeric_limits<std::uint64_t>::max() : kept;
  world_.cut_soon(one.session, how);
  cuts_.erase(pending);
}

void Stage::told(Device& one, const Exchange::Notice& notice) {
  if (std::holds_alternative<Forked>(notice)) told_[one.name].insert("forked");
  if (const auto* error = std::get_if<Error>(&notice)) told_[one.name].insert(error->code);
}

void Stage::failed(Device& one, const Error& error) { told_[one.name].insert(error.code); }

void Stage::relay_closed(std::uint64_t session, const server::Close&) {
  if (session == hostile_session_) told_["hostile"].insert("closed");
}

}  // namespace tidemark::sim
