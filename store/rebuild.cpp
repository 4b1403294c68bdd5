// Store: making the fold anew.
#include "store/internal/parts.h"
#include "store/internal/refold.h"

namespace tidemark::store {

void Store::rebuild(const Progress& progress) {
  internal::guarded(*parts_, "rebuilding attributes", [&] {
    internal::Write write(*parts_);
    internal::rebuild_fold(*parts_, std::nullopt, progress);
    write.commit();
  });
}

bool Store::rebuild_entity(std::string_view entity, const Progress& progress) {
  return internal::guarded(*parts_, "rebuilding an entity", [&] {
    internal::Write write(*parts_);
    const std::optional<std::int64_t> id = parts_->names.find_entity(std::string(entity));
    if (!id) return false;
    internal::rebuild_fold(*parts_, id, progress);
    write.commit();
    return true;
  });
}

}  // namespace tidemark::store
