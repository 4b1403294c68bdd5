#include "sim/oracle.h"

#include <algorithm>

#include "sim/covered.h"
#include "sim/lookout_text.h"
#include "sim/wording.h"

namespace tidemark::sim {
namespace {
constexpr std::uint32_t look_every = 50;
constexpr std::int64_t clock_slack_ms = 2'000;  // below that a change of the offset is the network's
constexpr std::uint64_t queued_bytes_max = 8 * 1024 * 1024;

}  // namespace

// --- what was written -------------------------------------------------------------------------------------------------

std::uint32_t Oracle::about_to_write(Device& device, const Draft& draft) {
  Book& book = books_[device.index];
  book.seen.clear();
  for (const Write& write : draft.writes) {
    const auto state = device.replica->store().get(write.cell);
    book.seen[write.cell] = state ? std::optional<Stamp>(state->stamp) : std::nullopt;
  }
  return written_.add(draft);
}

void Oracle::imported(Device& device, std::uint32_t id, const Stamp& stamp) {
  Book& book = books_[device.index];
  if (book.last && stamp <= *book.last && !device.damaged)
    throw Violation("I4", device.name + " issued " + to_string(stamp) + " after " + to_string(*book.last));
  book.last = stamp;
  book.own.add(id);
  must_.add(id);
  acknowledged_.add(id);
}

void Oracle::recorded(Device& device, std::uint32_t id, const Stamp& stamp) {
  imported(device, id, stamp);
  if (id % 8 != 0) return;
  world_.with(device, [&](Replica& replica) {
    const auto change = replica.store().change(stamp);
    if (!change) throw Violation("I3", device.name + " does not know the change that it just recorded");
    for (const Event& event : change->events) {
      if (event.base != books_[device.index].seen[event.cell])
        throw Violation("I8", device.name + " wrote " + written_.name(id) + " on another base than what it saw");
    }
  });
}

void Oracle::refused(const std::string& what, const std::optional<Error>& error) {
  if (!error) throw Violation("I17", what + " was taken");
  if (error->code.empty() || error->field.empty() || (error->limit.empty() && error->hint.empty()))
    throw Violation("I17", what + " was refused with an error that says too little: " + to_string(*error));
}

// --- what a file says -------------------------------------------------------------------------------------------------

std::optional<Violation> Oracle::flaw_of(const Picture& picture) const {
  if (picture.unwritten) return Violation("I11", "nobody wrote " + *picture.unwritten);
  if (picture.twice) return Violation("I6", "an event is there twice: " + *picture.twice);
  if (const auto id = picture.partial(written_))
    return Violation("I6", "only a part of the change of " + written_.name(*id) + " is there");
  return std::nullopt;
}

Picture Oracle::look(store::Store& store) const {
  Picture picture = read_picture(store, written_);
  if (const auto flaw = flaw_of(picture)) throw *flaw;
  return picture;
}

bool Oracle::plausible(store::Store& store) const {
  return !flaw_of(read_picture(store, written_)) && !read_covered(store, world_.ledger, 0, std::nullopt).missing;
}

void Oracle::check_fold(const Device& device, store::Store& store, const Picture& picture) const {
  auto expected = picture.winners.begin();
  store.for_each_cell([&](const store::CellState& state) {
    if (expected == picture.winners.end() || !(expected->first == state.cell) ||
        expected->second.stamp != state.stamp || !(expected->second.value == state.value))
      throw Violation("I11", device.name + " shows " + state.cell.entity + "." + state.cell.attribute + " = " +
                                 state.value.to_json() + " of " + to_string(state.stamp) +
                                 ", which is not the greatest stamp it knows");
    ++expected;
    return true;
  });
  if (expected != picture.winners.end()) throw Violation("I11", device.name + " misses a cell");
}

void Oracle::require(const ChangeSet& needed, const ChangeSet& found, const char* invariant,
                     const std::string& where) const {
  for (std::uint32_t id = 1; id < needed.end(); ++id) {
    if (needed.has(id) && !found.has(id) && written_.cells(id) != 0)
      throw Violation(invariant, where + ": lost " + written_.name(id));
  }
}

// --- files that come and go -------------------------------------------------------------------------------------------

void Oracle::opened(Device& device) {
  Book& book = books_[device.index];
  world_.with(device, [&](Replica& replica) {
    book.last.reset();
    book.cursor.reset();
    if (device.damaged && !plausible(replica.store())) return;
    const Picture picture = look(replica.store());
    if (!device.damaged && !world_.profile.relaxed)
      require(book.own, picture.changes(), "I3", device.name + " after a start");
    book.last = picture.last;
    check_cursor(device);
  });
}

void Oracle::copied(const Device& from, Device& to) { books_[to.index].own = books_[from.index].own; }

// Everything that some file or the log holds; and what each device has of it becomes what its file must go on holding.
ChangeSet Oracle::present_anywhere() {
  ChangeSet all = holdings_.of_log();
  for (const auto& device : world_.devices) {
    ChangeSet& own = books_[device->index].own;
    own = {};
    if (device->gone || !device->created) continue;
    const Holdings::OfDevice* held = holdings_.of(*device);
    const auto flaw =
        held ? flaw_of(held->picture) : Violation("I3", device->name + ": its file cannot be opened any more");
    if (flaw && !device->damaged) throw *flaw;
    if (flaw) continue;
    own = held->picture.changes();
    all.add(own);
    all.add(Written::changes_of(held->parked));
    own.keep(acknowledged_);  // what was never acknowledged may be there and go again
  }
  return all;
}

void Oracle::before_loss() {
  const auto& all = world_.devices;
  const bool damaged = std::any_of(all.begin(), all.end(), [](const auto& one) { return one->damaged && !one->gone; });
  if (!damaged && !world_.profile.relaxed) require(must_, present_anywhere(), "I3", "before anything was thrown away");
}

void Oracle::after_loss() {
  const std::size_t lost = must_.keep(present_anywhere());
  if (world_.profile.relaxed) lost_by_choice_ += lost;
}

// --- what travels -----------------------------------------------------------------------------------------------------

void Oracle::sent(Device& device, const sync::Frame& frame) {
  if (frame.text || device.damaged) return;
  if (device.disk.unsynced_bytes(std::string(device_file) + "-wal") == 0) return;
  // Something is not on the disk: every bundle of its own that it may have sent must be.
  std::map<NodeId, Head> durable = holdings_.durable_heads(device);
  for (const store::OwnNode& own : device.sync_store().own_nodes()) {
    if (!own.forked && durable[own.node].n < own.head.n)
      throw Violation("I3", device.name + " sends what a loss of power could take from it");
  }
}

void Oracle::answered(std::uint64_t, const sync::Frame& frame) {
  if (!frame.text) return;
  const Result<sync::Message> message = sync::decode_message(frame);
  if (!message) throw Violation("I17", "the relay sent what cannot be read: " + to_string(message.error()));
  if (const auto* error = std::get_if<sync::ErrorMessage>(&*message)) {
    if (error->error.code.empty() || (error->error.limit.empty() && error->error.hint.empty()))
      throw Violation("I17", "the relay refused without a reason: " + to_string(error->error));
  }
  const auto* confirm = std::get_if<sync::Confirm>(&*message);
  if (!confirm) return;
  ++confirms_checked_;
  if (world_.ledger.find(confirm->node, confirm->n) == world_.ledger.entries.size())
    throw Violation("I2", "the relay confirmed " + short_name(confirm->node) + " n " + std::to_string(confirm->n) +
                              ", which its log never committed");
  if (world_.relay_disk.unsynced_bytes(std::string(relay_file) + "-wal") == 0) return;
  const LogLedger durable = holdings_.durable_log();
  if (durable.find(confirm->node, confirm->n) == durable.entries.size())
    throw Violation("I2", "the relay confirms what a loss of power could take from it");
}

void Oracle::arriving(Device& device, const sync::Frame& frame) {
  books_[device.index].told_ms.reset();
  if (!frame.text || type_in(frame.as_text()) != "welcome") return;
  const Result<sync::Message> message = sync::decode_message(frame);
  const auto* welcome = message ? std::get_if<sync::Welcome>(&*message) : nullptr;
  if (welcome && welcome->time_trusted) books_[device.index].told_ms = welcome->time_ms;
}

void Oracle::applied(Device& device) {
  check_cursor(device);
  // A device that was told the time knows it from then on, whatever its own clock says.
  const auto told = std::exchange(books_[device.index].told_ms, std::nullopt);
  if (!told || device.damaged) return;
  const std::int64_t off = device.sync_store().correction().apply(world_.read_wall(device)) - *told;
  if (std::llabs(off) > ClockCorrection::tolerated_ms + clock_slack_ms)
    throw Violation("I4", device.name + " is still " + std::to_string(off) + " ms off after it was told the time");
}

// Every entry up to the cursor is folded or parked here, and the log is one that the relay really had.
void Oracle::check_cursor(Device& device) {
  const store::Store& store = device.sync_store();
  const std::optional<Cursor> cursor = store.cursor();
  Book& book = books_[device.index];
  if (device.damaged) return book.cursor.reset();  // until it is verified
  if (cursor == book.cursor) return;
  const bool onward = cursor && book.cursor && book.cursor->log == cursor->log && book.cursor->seq < cursor->seq;
  const std::uint64_t from = onward ? book.cursor->seq : 0;
  book.cursor = cursor;
  const Covered found = read_covered(store, world_.ledger, from, book.last);
  if (found.missing)
    throw Violation("I7", device.name + " has its cursor at " + std::to_string(cursor->seq) + " and lacks entry " +
                              std::to_string(*found.missing));
  book.last = found.last;
}

void Oracle::told(Device& device, const Exchange::Notice& notice) {
  const auto* error = std::get_if<Error>(&notice);
  if (!error) return;
  if (error->code.empty()) throw Violation("I17", device.name + " got an error without a code");
  // Stamps were taken back, so the clock may be behind what was issued once.
  if (error->code == "clock_ahead" && !device.damaged) books_[device.index].last = look(device.sync_store()).last;
}

// Whatever was committed is there, also if power goes now; what is there beyond that was committed and never said. A disk can
// hold more than the relay sees: the log of a commit that failed, whose removal a loss of power would take back.
void Oracle::relay_opened() {
  const auto& known = world_.ledger.entries;
  LogLedger actual = holdings_.log_now();
  const LogLedger durable = world_.relay_disk.mode() == Disk::Mode::fast ? actual : holdings_.durable_log();
  for (const LogLedger* log : std::initializer_list<const LogLedger*>{&actual, &durable}) {
    if (log->entries.size() < known.size())
      throw Violation("I2", "the log holds " + std::to_string(log->entries.size()) + " entries, and " +
                                std::to_string(known.size()) + " were committed");
    for (std::size_t i = 0; i < known.size(); ++i) {
      if (!(known[i].head == log->entries[i].head) || known[i].acc != log->entries[i].acc)
        throw Violation("I2", "entry " + std::to_string(i + 1) + " of the log is another one than was committed");
    }
    if (!known.empty() && log->log != world_.ledger.log)
      throw Violation("I9", "the log has another id after a restart");
  }
  actual.keep_envelopes(world_.ledger);
  world_.ledger = std::move(actual);
}

// --- judging ----------------------------------------------------------------------------------------------------------

void Oracle::after_step() {
  for (const auto& [session, link] : world_.connections) {
    const std::uint64_t bytes = link.bytes_under_way();
    if (bytes > queued_bytes_max)
      throw Violation("I16", std::to_string(bytes) + " bytes are under way in one connection");
  }
  if (++steps_ % look_every != 0 || world_.devices.empty()) return;
  Device& device = *world_.devices[steps_ / look_every % world_.devices.size()];
  if (device.damaged) return;
  world_.with(device, [&](Replica& replica) { check_fold(device, replica.store(), look(replica.store())); });
}

std::string Oracle::at_end(const std::vector<Device*>& core) {
  std::string events;
  std::map<NodeId, Head> chains;
  for (Device* device : core) {
    store::Store& store = device->replica->store();
    Picture picture = look(store);
    check_fold(*device, store, picture);
    require(must_, picture.changes(), "I3", device->name + " at the end");
    if (device == core.front())
      events = std::move(picture.events);
    else if (picture.events != events)
      throw Violation("I1", device->name + " and " + core.front()->name + " hold different events");
    const store::Counts counts = store.counts();
    if (counts.outbox != 0) throw Violation("I3", device->name + " still has changes in its outbox");
    if (counts.parked != 0 || !store.parked().empty())
      throw Violation("I19", device->name + " still has parked bundles: " + store.parked().front().reason);
    if (counts.cells != picture.winners.size()) throw Violation("I11", device->name + " counts its cells wrong");
    if (device == core.front()) chains = chains_of_log();
    for (const Head& head : store.heads()) {
      const auto at = chains.find(head.node);
      if (at == chains.end() || !(at->second == head))
        throw Violation("I5", device->name + " has another chain of " + short_name(head.node) + " than the log");
    }
  }
  return events;
}

std::map<NodeId, Head> Oracle::chains_of_log() const {
  std::map<NodeId, Head> chains;
  for (const LogLedger::Entry& entry : world_.ledger.entries) {
    Head& head = chains[entry.head.node];
    if (!entry.follows(head))
      throw Violation("I5", "the log holds a bundle n " + std::to_string(entry.head.n) + " that does not follow n " +
                                std::to_string(head.n));
    head = entry.head;
  }
  return chains;
}

}  // namespace tidemark::sim
