#include "sim/holdings.h"

#include "bundles/bundle.h"
#include "bundles/envelope.h"

namespace tidemark::sim {
namespace {

store::Store open(const Disk& disk) {
  store::Options options;
  options.vfs = disk.vfs();
  options.read_only = true;
  return store::Store::open(device_file, options);
}

}  // namespace

std::optional<Holdings::OfDevice> Holdings::of(const Device& device) const {
  Disk scratch(Disk::Mode::fast, [](std::uint32_t) { return 0U; });
  device.disk.copy_database(device_file, scratch, device_file);
  try {
    store::Store store = open(scratch);
    OfDevice held{read_picture(store, written_), {}};
    for (const store::ParkedRow& parked : store.parked()) add_envelope(parked.envelope, held.parked);
    return held;
  } catch (const store::StoreError&) {
    return std::nullopt;
  }
}

ChangeSet Holdings::of_log() const {
  ChangeSet found;
  for (const LogLedger::Entry& entry : world_.ledger.entries) add_envelope(*entry.envelope, found);
  return found;
}

std::map<NodeId, Head> Holdings::durable_heads(const Device& device) const {
  const std::unique_ptr<Disk> image = device.disk.durable_copy();
  const store::Store store = open(*image);
  std::map<NodeId, Head> heads;
  for (const Head& head : store.heads()) heads[head.node] = head;
  return heads;
}

LogLedger Holdings::durable_log() const {
  const std::unique_ptr<Disk> image = world_.relay_disk.durable_copy();
  return read_log(relay_file, image->vfs());
}

void Holdings::add_envelope(ByteView envelope, ChangeSet& found) const {
  const Result<Bytes> canonical = unpack_envelope(envelope);
  if (!canonical) return;
  const Result<Bundle> bundle = decode_bundle(*canonical);
  if (!bundle) return;
  for (const Change& change : bundle->changes) {
    for (const Event& event : change.events) {
      const Written::Origin* origin = written_.find(event);
      if (origin && origin->change != 0) found.add(origin->change);
    }
  }
}

}  // namespace tidemark::sim
