// Store: who writes through this file.
#include "store/internal/parts.h"

namespace tidemark::store {

Identity Store::identity() const {
  return internal::guarded(*parts_, "reading who writes", [&] {
    parts_->refresh();
    return parts_->state.identity;
  });
}

const Identity& Store::known_identity() const { return parts_->state.identity; }

void Store::set_identity(const Identity& identity) {
  internal::guarded(*parts_, "keeping who writes", [&] {
    internal::Write write(*parts_);
    const auto put = [&](const char* key, const std::string& text) {
      text.empty() ? parts_->drop_meta(key) : parts_->put_meta(key, text);
    };
    put("author", identity.author);
    put("source", identity.source);
    parts_->state.identity = identity;
    write.commit();
  });
}

}  // namespace tidemark::store
