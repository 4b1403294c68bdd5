// Verifying, rebuilding, copying, and saying what is wrong.
#include "client/replica_parts.h"
#include "client/seal.h"

namespace tidemark {
namespace {

std::string place(const Head& head) { return "bundle " + std::to_string(head.n) + " of node " + to_string(head.node); }

// Encodes every bundle of the chain again and compares heads.
void verify_chain(const store::Store& store, const Head& head, store::Report& report) {
  for (std::uint64_t n = 1; n <= head.n; ++n) {
    const auto row = store.bundle(head.node, n);
    if (!row) {
      report.problems.push_back(place({head.node, n, {}}) + " is missing from the chain.");
      continue;
    }
    if (row->parked) continue;
    try {
      encode_again(store, head.node, n);
    } catch (const store::StoreError& error) {
      report.problems.push_back(error.what());
    }
  }
}

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
  for (const Head& head : parts_->store.heads()) verify_chain(parts_->store, head, report);
  return report;
}

void Replica::rebuild(const store::Progress& progress) { parts_->store.rebuild(progress); }

void Replica::backup(const std::string& path, const store::Progress& progress) const {
  parts_->store.backup(path, progress);
}

std::vector<std::string> Replica::doctor() const {
  std::vector<std::string> findings = verify().problems;
  if (!findings.empty()) {
    findings.push_back(
        "The file is damaged: run `tidemark rebuild`; if that does not help, sync a new file from the relay and keep "
        "this one.");
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
