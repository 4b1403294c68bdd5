// Verifying, rebuilding, copying, and saying what is wrong.
#include <algorithm>

#include "client/damage.h"
#include "client/parked.h"
#include "client/replica_parts.h"

namespace tidemark {
namespace {

std::string place(const Head& head) { return "bundle " + std::to_string(head.n) + " of node " + to_string(head.node); }

// Two events of one cell under one stamp with different values: a copied file or a hostile device made them.
void find_equal_stamps(const store::Store& store, std::vector<std::string>& findings) {
  std::optional<store::HistoryRow> previous;
  store.for_each_event([&](const store::HistoryRow& row) {
    if (previous && previous->stamp == row.stamp && previous->event.cell == row.event.cell &&
        !(previous->event.value == row.event.value)) {
      findings.push_back("Node " + to_string(row.stamp.node) + " wrote two values of " + row.event.cell.entity + " " +
                         row.event.cell.attribute + " under the stamp " + to_string(row.stamp) +
                         ". Its file was copied, or the device is hostile; both values are in the log of that cell.");
    }
    previous = row;
    return true;
  });
}

}  // namespace

store::Report Replica::verify(const store::Progress& progress) const {
  store::Report report = parts_->store.verify(progress);
  try {
    for (DamagedBundle& damaged : damaged_bundles(parts_->store)) report.problems.push_back(std::move(damaged.problem));
    for (std::string& problem : damaged_tails(parts_->store)) report.problems.push_back(std::move(problem));
  } catch (const store::StoreError& error) {  // the tables that say which chains there are
    if (error.failure() != store::Failure::corrupt) throw;
    report.problems.push_back(error.what());
  }
  return report;
}

void Replica::rebuild(const store::Progress& progress) { parts_->store.rebuild(progress); }

bool Replica::rebuild(std::string_view entity, const store::Progress& progress) {
  return parts_->store.rebuild_entity(entity, progress);
}

std::uint64_t Replica::retry_parked() {
  const std::int64_t wall_ms = parts_->options.wall_clock();
  const std::int64_t corrected_ms = parts_->store.correction().apply(wall_ms);
  const std::uint64_t applied =
      apply_parked(parts_->store, std::max({wall_ms, corrected_ms, parts_->store.greatest_relay_ms()}));
  parts_->notify();
  return applied;
}

void Replica::backup(const std::string& path, const store::Progress& progress) const {
  parts_->store.backup(path, progress);
}

std::vector<std::string> Replica::doctor() const {
  std::vector<std::string> findings = verify().problems;
  if (!findings.empty()) {
    findings.push_back(
        "The file is damaged: keep a copy, and run `tidemark rebuild FILE`; what that leaves, `tidemark repair FILE "
        "URL` "
        "takes from a relay, and `tidemark salvage FILE OUT` saves what can be read into a new file.");
  }
  for (const store::ParkedRow& parked : parts_->store.parked()) {
    findings.push_back(place(parked.head) + " is parked (" + parked.reason +
                       "): its changes are kept but not applied. " +
                       (parked.reason == "clock_ahead" ? "They apply when their time comes; set that device's clock."
                                                       : "A later version of this program may read it."));
  }
  for (const store::OwnNode& own : parts_->store.own_nodes()) {
    if (own.forked) {
      findings.push_back("This file is a copy of another one, or was rolled back: its changes go on under node " +
                         to_string(parts_->store.node()) + "; the next sync settles what becomes of those of node " +
                         to_string(own.node) + ".");
    }
  }
  if (parts_->store.refill()) {
    findings.push_back("The relay lost data and is being refilled from its devices: sync until it is complete.");
  }
  if (const Status now = status(); now.clock_offset_ms != 0) {
    findings.push_back("This device's clock is off by " + std::to_string(-now.clock_offset_ms / 1000) +
                       " s against the relay's; stamps are corrected. Set the clock.");
  }
  find_equal_stamps(parts_->store, findings);
  return findings;
}

}  // namespace tidemark
