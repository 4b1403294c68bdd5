// Store: changes of other nodes that were saved without their bundles.
#include "hlc/assert.h"
#include "store/internal/chains.h"
#include "store/internal/fold.h"
#include "store/internal/parts.h"

namespace tidemark::store {

void Store::adopt(NodeId node, std::span<const Change> changes) {
  internal::guarded(*parts_, "taking in saved changes", [&] {
    internal::Write write(*parts_);
    parts_->names.node(node);
    internal::NodeRecord record = *internal::read_node(*parts_, node);
    TIDEMARK_ASSERT(!record.current && record.unsealed == 0);
    record.own = true;
    if (!changes.empty()) {
      Clock clock(parts_->state.node, parts_->state.last);
      internal::Fold fold(*parts_);
      record.tail_first = parts_->state.last_row + 1;
      for (const Change& change : changes) {
        TIDEMARK_ASSERT(change.stamp.node == node);
        std::vector<std::int64_t> keys;
        for (const Event& event : change.events) keys.push_back(parts_->names.cell(event.cell));
        fold.add(change, keys, record.id);
        clock.observe(change.stamp);
      }
      record.tail_last = parts_->state.last_row;
      record.unsealed = changes.size();
      record.forked = true;
      record.salvaged = true;
      const std::optional<Stamp> before = parts_->state.last;
      parts_->state.last = clock.last();
      parts_->put_clock(before);
      fold.write();
    }
    internal::put_node(*parts_, record);
    write.commit();
  });
}

}  // namespace tidemark::store
