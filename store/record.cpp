#include "store/internal/parts.h"
#include "store/internal/recorder.h"

namespace tidemark::store {

std::vector<std::optional<Stamp>> Store::record(std::span<const Recording> recordings, std::vector<Cell>* changed,
                                                const SealOne& seal) {
  return internal::guarded(*parts_, "recording changes", [&] {
    internal::Write write(*parts_, parts_->durability == Durability::full);
    internal::Recorder recorder(*parts_);
    std::vector<std::optional<Stamp>> stamps;
    for (const Recording& recording : recordings) {
      if (recorder.is_stale(recording)) return stamps;
    }
    for (const Recording& recording : recordings) stamps.push_back(recorder.add(recording));
    const std::vector<Cell> cells = recorder.finish(seal);
    if (changed != nullptr) changed->insert(changed->end(), cells.begin(), cells.end());
    write.commit();
    return stamps;
  });
}

}  // namespace tidemark::store
