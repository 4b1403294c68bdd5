// Wording: frames and notices in a few words, for traces that people read.
#pragma once

#include <string>

#include "client/exchange.h"
#include "sync/message.h"

namespace tidemark::sim {

// "push 2 bundles", "confirm 89ab n 3", "welcome fork".
std::string describe(const sync::Frame& frame);
std::string describe(const Exchange::Notice& notice);
// The first four digits of a node id, enough to tell the nodes of one run apart.
std::string short_name(NodeId node);

}  // namespace tidemark::sim
