#include "sim/oracle.h"

#include <algorithm>

#include "bundles/bundle.h"
#include "bundles/chain.h"
#include "bundles/envelope.h"
#include "sim/wording.h"

namespace tidemark::sim {
namespace {

constexpr std::uint32_t look_every = 50;
constexpr std::int64_t clock_slack_ms = 2'000;  // below that a change of the offset is the network's
constexpr std::uint64_t queued_bytes_max = 8 * 1024 * 1024;

std::string content(const Cell& cell, const Value& value) {
  return cell.entity + '\0' + cell.attribute + '\0' + value.canonical_bytes();
}

void set_bit(std::vector<bool>& bits, std::size_t at) {
  if (bits.size() <= at) bits.resize(at + 1);
  bits[at] = true;
}

bool has_bit(const std::vector<bool>& bits, std::size_t at) { return at < bits.size() && bits[at]; }

}  // namespace

// --- what was written -------------------------------------------------------------------------------------------------

// Every change of the workload has at most one value of its own kind in the whole run; the rest repeat.
std::uint32_t Oracle::expect(const Draft& draft) {
  const std::uint32_t id = ++ops_;
  marks_.resize(ops_ + 1);
  std::map<Cell, const Write*> last;  // the last write of a cell counts
  for (const Write& write : draft.writes) last[write.cell] = &write;
  for (const auto& [cell, written] : last) {
    const Write& write = *written;
    const auto [at, fresh] = written_.try_emplace(content(write.cell, write.value), id);
    if (fresh) {
      ++marks_[id].cells;
      marks_[id].name = write.cell.entity + "." + write.cell.attribute + " = " + write.value.to_json().substr(0, 40);
    } else if (at->second != id && at->second != 0) {
      --marks_[std::exchange(at->second, 0)].cells;
    }
  }
  return id;
}

std::uint32_t Oracle::about_to_write(Device& device, const Draft& draft) {
  Book& book = books_[device.index];
  book.seen.clear();
  for (const Write& write : draft.writes) {
    const auto state = device.replica->store().get(write.cell);
    book.seen[write.cell] = state ? std::optional<Stamp>(state->stamp) : std::nullopt;
  }
  return expect(draft);
}

void Oracle::imported(Device& device, std::uint32_t id, const Stamp& stamp) {
  Book& book = books_[device.index];
  if (book.last && stamp <= *book.last && !device.damaged)
    throw Violation("I4", device.name + " issued " + to_string(stamp) + " after " + to_string(*book.last));
  book.last = stamp;
  set_bit(book.own, id);
  set_bit(must_, id);
  set_bit(acknowledged_, id);
}

void Oracle::recorded(Device& device, std::uint32_t id, const Stamp& stamp) {
  imported(device, id, stamp);
  if (id % 8 != 0) return;
  world_.with(device, [&](Replica& replica) {
    const auto change = replica.store().change(stamp);
    if (!change) throw Violation("I3", device.name + " does not know the change that it just recorded");
    for (const Event& event : change->events) {
      if (event.base != books_[device.index].seen[event.cell])
        throw Violation("I8", device.name + " wrote " + marks_[id].name + " on another base than what it saw");
    }
  });
}

void Oracle::foreign(const Change& change) {
  for (const Event& event : change.events) written_.try_emplace(content(event.cell, event.value), 0);
}

void Oracle::refused(const std::string& what, const std::optional<Error>& error) {
  if (!error) throw Violation("I17", what + " was taken");
  if (error->code.empty() || error->field.empty() || (error->limit.empty() && error->hint.empty()))
    throw Violation("I17", what + " was refused with an error that says too little: " + to_string(*error));
}

// --- reading a file ---------------------------------------------------------------------------------------------------

Oracle::Picture Oracle::look(store::Store& store) const {
  Picture picture;
  std::string previous;
  std::vector<std::uint32_t> cells(ops_ + 1);
  std::vector<NodeId> forked;  // what the other copy sent is there beside our own until the fork is settled
  for (const store::OwnNode& own : store.own_nodes()) {
    if (own.forked) forked.push_back(own.node);
  }
  store.for_each_event([&](const store::HistoryRow& row) {
    const std::string key = content(row.event.cell, row.event.value);
    const auto written = written_.find(key);
    if (written == written_.end())
      throw Violation("I11", "nobody wrote " + row.event.cell.entity + "." + row.event.cell.attribute + " = " +
                                 row.event.value.to_json());
    if (written->second != 0) {
      set_bit(picture.ops, written->second);
      ++cells[written->second];
    }
    const StampBytes bytes = encode_stamp(row.stamp);
    std::string line(bytes.begin(), bytes.end());
    line += key;
    if (line == previous && std::find(forked.begin(), forked.end(), row.stamp.node) == forked.end())
      throw Violation("I6", "an event is there twice: " + to_string(row.stamp) + " " + row.event.cell.entity);
    picture.events += line;
    if (row.event.base) {
      const StampBytes base = encode_stamp(*row.event.base);
      picture.events.append(base.begin(), base.end());
    }
    previous = std::move(line);
    Winner& winner = picture.winners[row.event.cell];
    const bool beats =
        !picture.last || winner.stamp < row.stamp ||
        (winner.stamp == row.stamp && winner.value.canonical_bytes() < row.event.value.canonical_bytes());
    if (beats || winner.stamp == Stamp{}) winner = {row.stamp, row.event.value};
    if (!picture.last || *picture.last < row.stamp) picture.last = row.stamp;
    return true;
  });
  // A change may be there twice, of two copies of a file, but never in part.
  for (std::size_t id = 1; id < cells.size(); ++id) {
    if (cells[id] != 0 && marks_[id].cells > 1 && cells[id] % marks_[id].cells != 0)
      throw Violation("I6", "only a part of the change of " + marks_[id].name + " is there");
  }
  return picture;
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

void Oracle::require(const std::vector<bool>& needed, const std::vector<bool>& found, const char* invariant,
                     const std::string& where) const {
  for (std::size_t id = 1; id < needed.size(); ++id) {
    if (needed[id] && !has_bit(found, id) && marks_[id].cells != 0)
      throw Violation(invariant, where + ": lost " + marks_[id].name);
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
      require(book.own, picture.ops, "I3", device.name + " after a start");
    book.last = picture.last;
    check_cursor(device);
  });
}

void Oracle::copied(const Device& from, Device& to) { books_[to.index].own = books_[from.index].own; }

void Oracle::add_envelope(ByteView envelope, std::vector<bool>& ops) const {
  const Result<Bytes> canonical = unpack_envelope(envelope);
  if (!canonical) return;
  const Result<Bundle> bundle = decode_bundle(*canonical);
  if (!bundle) return;
  for (const Change& change : bundle->changes) {
    for (const Event& event : change.events) {
      const auto written = written_.find(content(event.cell, event.value));
      if (written != written_.end() && written->second != 0) set_bit(ops, written->second);
    }
  }
}

// Everything that some file or the log holds. Files of dead processes are read from a copy.
std::vector<bool> Oracle::present_anywhere() {
  std::vector<bool> all;
  for (const auto& device : world_.devices) {
    if (device->gone || !device->created) {
      books_[device->index].own.clear();
      continue;
    }
    Disk scratch(Disk::Mode::fast, [](std::uint32_t) { return 0U; });
    device->disk.copy_database(device_file, scratch, device_file);
    try {
      store::Options options;
      options.vfs = scratch.vfs();
      options.read_only = true;
      store::Store store = store::Store::open(device_file, options);
      std::vector<bool> ops = look(store).ops;
      for (const store::ParkedRow& parked : store.parked()) add_envelope(parked.envelope, ops);
      books_[device->index].own.resize(ops_ + 1);
      for (std::size_t id = 0; id < ops.size(); ++id) {
        if (ops[id]) set_bit(all, id);
      }
      // What was never acknowledged may be there and go again.
      for (std::size_t id = 0; id <= ops_; ++id)
        books_[device->index].own[id] = has_bit(ops, id) && has_bit(acknowledged_, id);
    } catch (const store::StoreError&) {
      if (!device->damaged) throw Violation("I3", device->name + ": its file cannot be opened any more");
      books_[device->index].own.clear();
    } catch (const Violation&) {
      if (!device->damaged) throw;
      books_[device->index].own.clear();
    }
  }
  for (const LogLedger::Entry& entry : world_.ledger.entries) add_envelope(*entry.envelope, all);
  return all;
}

void Oracle::before_loss() {
  const bool damaged = std::any_of(world_.devices.begin(), world_.devices.end(),
                                   [](const auto& device) { return device->damaged && !device->gone; });
  if (!damaged && !world_.profile.relaxed) require(must_, present_anywhere(), "I3", "before anything was thrown away");
}

void Oracle::after_loss() {
  const std::vector<bool> present = present_anywhere();
  for (std::size_t id = 0; id < must_.size(); ++id) must_[id] = must_[id] && has_bit(present, id);
}

// --- what travels -----------------------------------------------------------------------------------------------------

void Oracle::sent(Device& device, const sync::Frame& frame) {
  if (frame.text || device.damaged) return;
  if (device.disk.unsynced_bytes(std::string(device_file) + "-wal") == 0) return;
  // Something is not on the disk: every bundle of its own that it may have sent must be.
  const std::unique_ptr<Disk> image = device.disk.durable_copy();
  store::Options options;
  options.vfs = image->vfs();
  options.read_only = true;
  const store::Store durable = store::Store::open(device_file, options);
  for (const store::OwnNode& own : device.sync_store().own_nodes()) {
    if (!own.forked && durable.head(own.node).n < own.head.n)
      throw Violation("I3", device.name + " sends what a loss of power could take from it");
  }
}

void Oracle::answered(std::uint64_t, const sync::Frame& frame) {
  if (!frame.text) return;
  const Result<sync::Message> message = sync::decode_message(frame);
  if (!message) throw Violation("I17", "the relay sent a message that cannot be read: " + to_string(message.error()));
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
  const std::unique_ptr<Disk> image = world_.relay_disk.durable_copy();
  const LogLedger durable = read_log(relay_file, image->vfs());
  if (durable.find(confirm->node, confirm->n) == durable.entries.size())
    throw Violation("I2", "the relay confirms what a loss of power could take from it");
}

void Oracle::arriving(Device& device, const sync::Frame& frame) {
  books_[device.index].told_ms.reset();
  if (!frame.text) return;
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

bool Oracle::plausible(store::Store& store) const {
  try {
    look(store);
  } catch (const Violation&) {
    return false;
  }
  return !gap_below_cursor(store, 0);
}

std::optional<std::uint64_t> Oracle::gap_below_cursor(const store::Store& store, std::uint64_t after_seq) const {
  const std::optional<Cursor> cursor = store.cursor();
  const auto& entries = world_.ledger.entries;
  if (!cursor || cursor->seq == 0 || cursor->log != world_.ledger.log) return std::nullopt;
  // Of a log that was lost behind it the cursor remembers more than is there.
  if (cursor->seq > entries.size() || entries[cursor->seq - 1].acc != cursor->acc) return std::nullopt;
  for (std::uint64_t seq = after_seq + 1; seq <= cursor->seq; ++seq) {
    const Head& head = entries[seq - 1].head;
    const auto row = store.bundle(head.node, head.n);
    if (!row || !(row->head == head)) return seq;
  }
  return std::nullopt;
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
  if (const auto missing = gap_below_cursor(store, from))
    throw Violation("I7", device.name + " has its cursor at " + std::to_string(cursor->seq) + " and lacks entry " +
                              std::to_string(*missing));
  const auto& entries = world_.ledger.entries;
  if (!cursor || cursor->log != world_.ledger.log || cursor->seq > entries.size()) return;
  for (std::uint64_t seq = from + 1; seq <= cursor->seq; ++seq) {
    const LogLedger::Entry& entry = entries[seq - 1];
    if (book.last && entry.last <= *book.last) continue;
    const auto row = store.bundle(entry.head.node, entry.head.n);
    if (row && row->head == entry.head && !row->parked) book.last = entry.last;
  }
}

void Oracle::told(Device& device, const Exchange::Notice& notice) {
  const auto* error = std::get_if<Error>(&notice);
  if (!error) return;
  if (error->code.empty()) throw Violation("I17", device.name + " got an error without a code");
  // Stamps were taken back, so the clock may be behind what was issued once.
  if (error->code == "clock_ahead" && !device.damaged) books_[device.index].last = look(device.sync_store()).last;
}

// Whatever was committed is in the durable image; what is there beyond that was committed and never said.
void Oracle::relay_opened() {
  const std::unique_ptr<Disk> image = world_.relay_disk.durable_copy();
  LogLedger actual = read_log(relay_file, image->vfs());
  const auto& known = world_.ledger.entries;
  if (actual.entries.size() < known.size())
    throw Violation("I2", "the log holds " + std::to_string(actual.entries.size()) + " entries, and " +
                              std::to_string(known.size()) + " were committed");
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (!(known[i].head == actual.entries[i].head) || known[i].acc != actual.entries[i].acc)
      throw Violation("I2", "entry " + std::to_string(i + 1) + " of the log is another one than was committed");
  }
  if (!known.empty() && actual.log != world_.ledger.log)
    throw Violation("I9", "the log has another id after a restart");
  world_.ledger = std::move(actual);
}

// --- judging ----------------------------------------------------------------------------------------------------------

void Oracle::after_step() {
  for (const auto& [session, link] : world_.connections) {
    std::uint64_t bytes = 0;
    for (const auto* flights : {&link.up, &link.down}) {
      for (const auto& flight : *flights) bytes += flight.frame.bytes ? flight.frame.bytes->size() : 0;
    }
    if (bytes > queued_bytes_max)
      throw Violation("I16", std::to_string(bytes) + " bytes are under way in one connection");
  }
  if (++steps_ % look_every != 0 || world_.devices.empty()) return;
  Device& device = *world_.devices[steps_ / look_every % world_.devices.size()];
  if (device.damaged) return;
  world_.with(device, [&](Replica& replica) { check_fold(device, replica.store(), look(replica.store())); });
}

void Oracle::at_end(const std::vector<Device*>& core) {
  std::string first;
  for (Device* device : core) {
    store::Store& store = device->replica->store();
    const Picture picture = look(store);
    check_fold(*device, store, picture);
    require(must_, picture.ops, "I3", device->name + " at the end");
    if (device == core.front()) first = picture.events;
    if (picture.events != first)
      throw Violation("I1", device->name + " and " + core.front()->name + " hold different events");
    const store::Counts counts = store.counts();
    if (counts.outbox != 0) throw Violation("I3", device->name + " still has changes in its outbox");
    if (counts.parked != 0 || !store.parked().empty())
      throw Violation("I19", device->name + " still has parked bundles: " + store.parked().front().reason);
    if (counts.cells != picture.winners.size()) throw Violation("I11", device->name + " counts its cells wrong");
    check_single_writer(*device);
  }
}

// Per node a chain without gaps, and everybody has the one of the log.
void Oracle::check_single_writer(Device& device) {
  std::map<NodeId, Head> last;
  for (const LogLedger::Entry& entry : world_.ledger.entries) {
    Head& head = last[entry.head.node];
    if (entry.head.n != head.n + 1) throw Violation("I5", "the log has a gap before n " + std::to_string(entry.head.n));
    const Result<Bytes> bytes = unpack_envelope(*entry.envelope);
    const std::size_t body = bytes && bytes->size() >= trailer_size ? bytes->size() - trailer_size : 0;
    if (body == 0 || next_head(head.hash, space_name, ByteView(*bytes).first(body)) != entry.head.hash ||
        !std::equal(bytes->begin() + std::ptrdiff_t(body), bytes->end(), entry.head.hash.begin()))
      throw Violation("I5", "the log holds a bundle n " + std::to_string(entry.head.n) + " of another chain");
    head = entry.head;
  }
  for (const Head& head : device.replica->store().heads()) {
    const auto at = last.find(head.node);
    if (at == last.end() || !(at->second == head))
      throw Violation("I5", device.name + " has another chain of " + short_name(head.node) + " than the log");
  }
}

}  // namespace tidemark::sim
