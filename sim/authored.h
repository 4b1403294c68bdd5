// Authored: what the devices of a world hold, change by change, with the names of those who made it; what winners.h
// explains.
#pragma once

#include <vector>

#include "sim/winners.h"

namespace tidemark::sim {

class World;

// Of every device that is up. The author of a change is the device that owns its node, be it a former one; of a device
// that is gone only the first digits of the node are known. A file that cannot be read is left out.
std::vector<Authored> authored(const World& world);

}  // namespace tidemark::sim
