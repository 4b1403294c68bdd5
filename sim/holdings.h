// Holdings: what is in the files that there are, of devices, alive or not, and of the relay; read so that no fault is met
// and no process disturbed: from copies, unless a process is up that cannot fail.
//
// Reading is dear, so what was read of a file is kept until its disk changes, and of a bundle as long as the log has it.
#pragma once

#include <map>
#include <optional>
#include <vector>

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
    Written::Origins parked;  // there, but not folded: not for the device to see
  };
  // Null if its file cannot be read. Valid until the next call for this device.
  const OfDevice* of(Device& device);
  ChangeSet of_log();

  // What the relay's file says, read from a copy of it.
  LogLedger log_now() const;
  // What a loss of power would leave for certain: the chains of a device, and the log.
  std::map<NodeId, Head> durable_heads(const Device& device) const;
  LogLedger durable_log() const;

 private:
  struct Kept {
    std::uint64_t version = 0;  // of the disk
    bool good = false;          // false: to be read again in any case
    std::optional<OfDevice> held;
  };
  struct KeptBundle {
    SharedBytes envelope;
    Written::Origins origins;
  };

  Kept read(Device& device) const;
  void read(store::Store& store, Kept& kept) const;
  // False if somebody wrote what is not known yet: then it must be read again.
  bool add_envelope(ByteView envelope, Written::Origins& found) const;

  const World& world_;
  const Written& written_;
  std::map<std::size_t, Kept> devices_;
  std::vector<KeptBundle> log_;  // by entry
};

}  // namespace tidemark::sim
