// Mending: bundles whose stored bytes are damaged, and that a device which holds them sends again.
#include "server/space.h"

namespace tidemark::server {

void Space::note_damage(const Error& error) { damaged_ = damaged_ || error.code == "relay_corrupt"; }

// The log has the bundle under this head. It is confirmed once its bytes are sound.
void Space::mend(Queued queued, const Head& head) {
  working_ = true;
  auto held = std::make_shared<Queued>(std::move(queued));
  shared_.log.mend(shared_.ask([this, held, head](Done& done) {
    working_ = false;
    if (done.outcome == Outcome::committed)
      confirm(held->id, head.node, head.n, chains_.end.seq);
    else
      refuse(held->id, done.error, chains_.head(head.node));
    decided(*held);
    work();
  }),
                   name_, head, held->bundle.envelope);
}

}  // namespace tidemark::server
