#include "sim/log_watch.h"

#include <algorithm>
#include <utility>

#include "bundles/bundle.h"
#include "bundles/chain.h"
#include "bundles/envelope.h"

namespace tidemark::sim {
namespace {

// Few, so that runs of some hundred bundles see both tables and the way from one into the other.
constexpr std::size_t unsorted_max = 5;

LogLedger::Entry entry_of(const server::LogEntry& entry) {
  LogLedger::Entry result{entry.head, entry.acc_after, {}, entry.envelope};
  const Result<Bytes> canonical = unpack_envelope(*entry.envelope);
  if (!canonical) return result;
  if (const Result<BundleHeader> header = decode_header(*canonical)) result.last = header->last;
  return result;
}

}  // namespace

bool LogLedger::Entry::follows(const Head& before) const {
  const Result<Bytes> bytes = unpack_envelope(*envelope);
  if (!bytes || bytes->size() <= trailer_size || head.n != before.n + 1) return false;
  const ByteView all(*bytes);
  const ByteView trailer = all.last(trailer_size);
  return next_head(before.hash, space_of_log, all.first(all.size() - trailer_size)) == head.hash &&
         std::equal(trailer.begin(), trailer.end(), head.hash.begin());
}

std::size_t LogLedger::find(NodeId node, std::uint64_t n) const {
  const auto at = std::find_if(entries.rbegin(), entries.rend(),
                               [&](const Entry& entry) { return entry.head.node == node && entry.head.n == n; });
  return at == entries.rend() ? entries.size() : std::size_t(std::distance(at, entries.rend()) - 1);
}

void LogLedger::keep_envelopes(const LogLedger& earlier) {
  for (std::size_t i = 0; i < std::min(entries.size(), earlier.entries.size()); ++i) {
    if (*entries[i].envelope == *earlier.entries[i].envelope) entries[i].envelope = earlier.entries[i].envelope;
  }
}

LogWatch::LogWatch(const std::string& path, const std::string& vfs, LogLedger& ledger)
    : log_(std::make_unique<server::SqliteLog>(server::SqliteLogOptions{path, vfs, unsorted_max})), ledger_(ledger) {}

LogWatch::~LogWatch() = default;

void LogWatch::load(server::Ticket ticket, const std::string& space, const LogId& fresh) {
  waiting_ = true;
  log_->load(ticket, space, fresh);
}

void LogWatch::commit(server::Ticket ticket, std::vector<server::SpacePlan> plans) {
  waiting_ = true;
  planned_[ticket] = plans;
  log_->commit(ticket, std::move(plans));
}

void LogWatch::read(server::Ticket ticket, const std::string& space, std::uint64_t after_seq, std::size_t bytes_max) {
  waiting_ = true;
  log_->read(ticket, space, after_seq, bytes_max);
}

void LogWatch::acc_at(server::Ticket ticket, const std::string& space, std::uint64_t seq) {
  waiting_ = true;
  log_->acc_at(ticket, space, seq);
}

void LogWatch::hashes_at(server::Ticket ticket, const std::string& space,
                         std::vector<std::pair<NodeId, std::uint64_t>> places) {
  waiting_ = true;
  log_->hashes_at(ticket, space, std::move(places));
}

void LogWatch::chain(server::Ticket ticket, const std::string& space, NodeId node, std::uint64_t after_n,
                     std::size_t bytes_max) {
  waiting_ = true;
  log_->chain(ticket, space, node, after_n, bytes_max);
}

void LogWatch::watch(const std::string& space, bool on) { log_->watch(space, on); }

void LogWatch::mend(server::Ticket ticket, const std::string& space, const Head& head, SharedBytes envelope) {
  waiting_ = true;
  log_->mend(ticket, space, head, std::move(envelope));
}

void LogWatch::trim(server::Ticket ticket, const std::string& space, std::uint64_t up_to) {
  waiting_ = true;
  log_->trim(ticket, space, up_to);
}

void LogWatch::run() {
  waiting_ = false;
  log_->run();
}

std::size_t LogWatch::poll(std::vector<server::Done>& done) {
  const std::size_t before = done.size();
  const std::size_t count = log_->poll(done);
  for (std::size_t i = before; i < done.size(); ++i) {
    if (const auto* loaded = std::get_if<server::Loaded>(&done[i].payload)) {
      if (done[i].outcome == server::Outcome::committed) take_loaded(loaded->state);
    }
    const auto plans = planned_.find(done[i].ticket);
    if (plans == planned_.end()) continue;
    const auto* committed = std::get_if<server::Committed>(&done[i].payload);
    for (std::size_t k = 0; committed && k < plans->second.size(); ++k) {
      const server::Outcome outcome = committed->outcomes.at(k);
      if (outcome == server::Outcome::unknown) unknown_.push_back(std::move(plans->second[k]));
      if (outcome == server::Outcome::committed) take(plans->second[k]);
    }
    planned_.erase(plans);
  }
  return count;
}

void LogWatch::take(const server::SpacePlan& plan) {
  for (const server::LogEntry& entry : plan.entries) ledger_.entries.push_back(entry_of(entry));
}

// The relay loads to find out what became of a commit whose outcome is unknown, and so do we.
void LogWatch::take_loaded(const server::SpaceState& state) {
  if (ledger_.entries.empty()) ledger_.log = state.log;
  for (const server::SpacePlan& plan : std::exchange(unknown_, {})) {
    const std::size_t before = ledger_.entries.size();
    if (plan.from.seq == before && state.end.seq >= before + plan.entries.size()) take(plan);
  }
}

LogLedger read_log(const std::string& path, const std::string& vfs) {
  server::SqliteLog log({path, vfs});
  log.load(1, space_of_log, LogId{});
  log.read(2, space_of_log, 0, std::size_t(1) << 40);
  log.run();
  std::vector<server::Done> done;
  log.poll(done);
  LogLedger ledger;
  if (const auto* loaded = std::get_if<server::Loaded>(&done.at(0).payload)) ledger.log = loaded->state.log;
  if (const auto* read = std::get_if<server::ReadDone>(&done.at(1).payload)) {
    for (const server::LogEntry& entry : read->page.entries) ledger.entries.push_back(entry_of(entry));
  }
  return ledger;
}

}  // namespace tidemark::sim
