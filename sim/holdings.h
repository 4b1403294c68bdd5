// Holdings: what is in the files that there are, of devices, alive or not, and of the relay; read from copies, so that no
// fault is met and no process disturbed.
#pragma once

#include <map>
#include <optional>

#include "sim/picture.h"
#include "sim/world.h"
#include "sim/written.h"

namespace tidemark::sim {

class Holdings {
 public:
  // Both must outlive it.
  Holdings(const World& world, const Written& written) : world_(world), written_(written) {}

  struct OfDevice {
    Picture picture;
    ChangeSet parked;  // there, but not folded: not for the device to see
  };
  // Nothing if its file cannot be read.
  std::optional<OfDevice> of(const Device& device) const;
  ChangeSet of_log() const;

  // What a loss of power would leave for certain: the chains of a device, and the log.
  std::map<NodeId, Head> durable_heads(const Device& device) const;
  LogLedger durable_log() const;

 private:
  void add_envelope(ByteView envelope, ChangeSet& found) const;

  const World& world_;
  const Written& written_;
};

}  // namespace tidemark::sim
