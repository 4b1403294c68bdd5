#include "server/sqlite_log.h"

#include <algorithm>
#include <iterator>

#include "server/log_file.h"

namespace tidemark::server {
namespace {

// So many failed transactions and the rest of a group is given back instead of being tried again.
constexpr std::uint64_t attempts_max = 4;

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

}  // namespace

SqliteLog::SqliteLog(SqliteLogOptions options)
    : options_(std::move(options)), file_(std::make_unique<LogFile>(options_.path, options_.vfs)) {}

SqliteLog::~SqliteLog() = default;

void SqliteLog::add(Ticket ticket, decltype(Call::what) what) {
  auto& call = waiting_.emplace_back();
  call.ticket = ticket;
  call.what = std::move(what);
}

void SqliteLog::load(Ticket ticket, const std::string& space, const LogId& fresh) { add(ticket, Load{space, fresh}); }

void SqliteLog::commit(Ticket ticket, std::vector<SpacePlan> plans) {
  std::vector<std::optional<Outcome>> decided(plans.size());
  add(ticket, Commit{std::move(plans), std::move(decided), {}});
}

void SqliteLog::read(Ticket ticket, const std::string& space, std::uint64_t after_seq, std::size_t bytes_max) {
  add(ticket, Read{space, after_seq, bytes_max});
}

void SqliteLog::acc_at(Ticket ticket, const std::string& space, std::uint64_t seq) { add(ticket, FindAcc{space, seq}); }

void SqliteLog::hashes_at(Ticket ticket, const std::string& space,
                          std::vector<std::pair<NodeId, std::uint64_t>> places) {
  add(ticket, FindHashes{space, std::move(places)});
}

void SqliteLog::chain(Ticket ticket, const std::string& space, NodeId node, std::uint64_t after_n,
                      std::size_t bytes_max) {
  add(ticket, ReadChain{space, node, after_n, bytes_max});
}

void SqliteLog::mend(Ticket ticket, const std::string& space, const Head& head, SharedBytes envelope) {
  add(ticket, Mend{space, head, std::move(envelope)});
}

void SqliteLog::watch(const std::string&, bool) {}

void SqliteLog::trim(Ticket ticket, const std::string& space, std::uint64_t up_to) { add(ticket, Trim{space, up_to}); }

std::size_t SqliteLog::poll(std::vector<Done>& done) {
  const std::size_t count = finished_.size();
  std::move(finished_.begin(), finished_.end(), std::back_inserter(done));
  finished_.clear();
  return count;
}

void SqliteLog::run() {
  if (waiting_.empty()) return;
  std::vector<Call> group;
  group.swap(waiting_);
  const std::uint64_t reopened_before = stats_.reopened;
  while (!attempt(group)) {
    if (stats_.reopened - reopened_before < attempts_max) continue;
    const Error error{"io_error",
                      "relay storage",
                      "it failed " + std::to_string(attempts_max) + " times in a row",
                      "",
                      "Look into the system log of the relay's machine.",
                      Retry::later};
    for (auto& call : group) {
      if (!call.settled) fail(call, Outcome::unavailable, error);
    }
    break;
  }
  for (auto& call : group) finished_.push_back(std::move(call.done));
}

// One transaction over all calls that are not settled; true if nothing is left to be tried. After a failure whatever
// caused it, or whose fate it decided, is settled.
bool SqliteLog::attempt(std::vector<Call>& group) {
  if (std::all_of(group.begin(), group.end(), [](const Call& call) { return call.settled; })) return true;
  Call* culprit = nullptr;
  bool committing = false;
  try {
    if (!file_) file_ = std::make_unique<LogFile>(options_.path, options_.vfs);
    file_->begin();
    const bool writes = std::any_of(group.begin(), group.end(), [](const Call& call) { return call.writes(); });
    if (writes && file_->unsorted() >= options_.unsorted_max) file_->sort_in();
    for (auto& call : group) {
      if (call.settled) continue;
      culprit = &call;
      perform(call);
    }
    culprit = nullptr;
    committing = true;
    file_->commit();
    count(group);
    return true;
  } catch (const LogError& failure) {
    const Error error = failure.error();
    note(failure);
    if (file_) file_->rollback();
    const bool sound = failure.sqlite_code() == 0 || failure.failure() == LogFailure::refused;
    if (culprit && sound) {
      blame(*culprit, failure);
      return false;
    }
    if (file_ && failure.failure() == LogFailure::full && fail_writes(group, Outcome::refused_full, error))
      return false;
    give_up_connection();
    if (culprit) {
      blame(*culprit, failure);
    } else if (committing) {
      fail_writes(group, Outcome::unknown, error);
    } else {
      for (auto& call : group) {
        if (!call.settled) fail(call, Outcome::unavailable, error);
      }
    }
    return false;
  }
}

void SqliteLog::perform(Call& call) {
  call.done = {};
  call.done.ticket = call.ticket;
  auto& payload = call.done.payload;
  try {
    std::visit(
        Overloaded{
            [&](const Load& load) { payload = Loaded{file_->load(load.space, load.fresh)}; },
            [&](Commit& commit) { perform(commit, call.done); },
            [&](const Read& read) { payload = ReadDone{file_->read(read.space, read.after_seq, read.bytes_max)}; },
            [&](const FindAcc& find) { payload = AccAt{file_->acc_at(find.space, find.seq)}; },
            [&](const FindHashes& find) { payload = HashesAt{file_->hashes_at(find.space, find.places)}; },
            [&](const ReadChain& read) {
              payload = Chain{file_->chain(read.space, read.node, read.after_n, read.bytes_max)};
            },
            [&](const Mend& mend) {
              file_->mend(mend.space, mend.head, *mend.envelope);
              payload = Committed{{Outcome::committed}};
            },
            [&](const Trim& trim) {
              file_->trim(trim.space, trim.up_to);
              payload = Committed{{Outcome::committed}};
            }},
        call.what);
  } catch (const LogError& failure) {
    // What a check of ours found leaves the transaction as it is, except that a write may be half done.
    if (failure.sqlite_code() != 0 || call.writes()) throw;
    note(failure);
    fail(call, Outcome::unavailable, failure.error());
  }
}

void SqliteLog::perform(Commit& commit, Done& done) {
  Committed committed;
  done.error = commit.error;
  for (std::size_t i = 0; i < commit.plans.size(); ++i) {
    if (commit.decided[i]) {
      committed.outcomes.push_back(*commit.decided[i]);
    } else {
      commit.current = i;
      committed.outcomes.push_back(file_->append(commit.plans[i]) ? Outcome::committed : Outcome::stale);
    }
  }
  done.payload = std::move(committed);
}

// The call failed, or one plan of it, and would fail again: the group is tried anew without it.
void SqliteLog::blame(Call& call, const LogError& failure) {
  const Outcome outcome = failure.failure() == LogFailure::full ? Outcome::refused_full : Outcome::unavailable;
  if (auto* commit = std::get_if<Commit>(&call.what)) {
    commit->decided[commit->current] = outcome;
    commit->error = failure.error();
  } else {
    fail(call, outcome, failure.error());
  }
}

void SqliteLog::fail(Call& call, Outcome outcome, const Error& error) {
  call.done = {};
  call.done.ticket = call.ticket;
  call.done.outcome = outcome;
  call.done.error = error;
  // One outcome a plan, as for a call that worked.
  if (const auto* commit = std::get_if<Commit>(&call.what)) {
    call.done.payload = Committed{std::vector<Outcome>(commit->plans.size(), outcome)};
  } else if (call.answers_outcome()) {
    call.done.payload = Committed{{outcome}};
  }
  call.settled = true;
}

// False if there was nothing that could have written.
bool SqliteLog::fail_writes(std::vector<Call>& group, Outcome outcome, const Error& error) {
  bool any = false;
  for (auto& call : group) {
    if (call.settled || !call.writes()) continue;
    fail(call, outcome, error);
    any = true;
  }
  if (any) return true;
  // What else can have written is a load that creates its space.
  for (auto& call : group) {
    if (call.settled || !std::holds_alternative<Load>(call.what)) continue;
    fail(call, Outcome::unavailable, error);
    any = true;
  }
  return any;
}

void SqliteLog::note(const LogError& failure) {
  ++stats_.failures;
  stats_.last_failure = failure.what();
}

void SqliteLog::give_up_connection() {
  if (file_) ++stats_.reopened;
  file_.reset();
}

void SqliteLog::count(const std::vector<Call>& group) {
  bool synced = false;
  const std::uint64_t entries_before = stats_.entries;
  for (const auto& call : group) {
    const auto* commit = std::get_if<Commit>(&call.what);
    if (call.settled || !commit) continue;
    const auto& outcomes = std::get<Committed>(call.done.payload).outcomes;
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      if (outcomes[i] != Outcome::committed) continue;
      synced = true;
      ++stats_.plans;
      stats_.entries += commit->plans[i].entries.size();
      for (const auto& entry : commit->plans[i].entries) stats_.bytes += entry.envelope->size();
    }
  }
  if (!synced) return;
  ++stats_.groups;
  const auto bucket = std::lower_bound(std::begin(group_sizes), std::end(group_sizes), stats_.entries - entries_before);
  ++stats_.groups_by_size[static_cast<std::size_t>(bucket - std::begin(group_sizes))];
}

}  // namespace tidemark::server
