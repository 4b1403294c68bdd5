// Where a pushed bundle belongs in a node's chain: the one place where a relay judges chains. Pure.
#pragma once

#include <map>

#include "server/bundle_log.h"
#include "sync/relay_session.h"

namespace tidemark::server {

// What is known of a space's chains, including what was planned and not yet committed.
struct Chains {
  std::string space;
  Position end;
  std::map<NodeId, Head> heads;

  Head head(NodeId node) const;  // n = 0 if the log has nothing of it
};

enum class Place {
  next,     // follows the node's last bundle
  already,  // is that last bundle
  earlier,  // lies before it: only the log can say whether it is the same, see same_bundle
  gap,      // a predecessor is missing
  fork,     // contradicts the chain
};
Place place_of(const Chains& chains, const sync::Pushed& bundle);

// The bundle's trailer agrees with this head.
bool same_bundle(const sync::Pushed& bundle, const Hash& head);

// Appends a bundle whose place is next, and moves the chains on.
LogEntry append(Chains& chains, const sync::Pushed& bundle);

}  // namespace tidemark::server
