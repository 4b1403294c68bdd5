#include "sim/covered.h"

namespace tidemark::sim {

Covered read_covered(const store::Store& store, const LogLedger& ledger, std::uint64_t after_seq,
                     std::optional<Stamp> last) {
  const std::optional<Cursor> cursor = store.cursor();
  const auto& entries = ledger.entries;
  Covered covered{std::nullopt, last};
  if (!cursor || cursor->log != ledger.log || cursor->seq == 0 || cursor->seq > entries.size()) return covered;
  const bool same = entries[cursor->seq - 1].acc == cursor->acc;  // else the log was lost behind it
  for (std::uint64_t seq = after_seq + 1; seq <= cursor->seq; ++seq) {
    const LogLedger::Entry& entry = entries[seq - 1];
    const bool newer = !covered.last || *covered.last < entry.last;
    if (!same && !newer) continue;
    const auto row = store.bundle(entry.head.node, entry.head.n);
    const bool there = row && row->head == entry.head;
    if (!there && same) {
      covered.missing = seq;
      return covered;
    }
    if (there && newer && !row->parked) covered.last = entry.last;
  }
  return covered;
}

}  // namespace tidemark::sim
