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

const Holdings::OfDevice* Holdings::of(Device& device) {
  Disk::seed_sqlite();  // whether something is read or not
  Kept& kept = devices_[device.index];
  if (!kept.good || kept.version != device.disk.version()) kept = read(device);
  return kept.held ? &*kept.held : nullptr;
}

Holdings::Kept Holdings::read(Device& device) const {
  Kept kept{device.disk.version(), true, std::nullopt};
  try {
    if (device.up() && !device.damaged && !device.disk.armed()) {
      read(device.replica->store(), kept);
    } else {
      Disk scratch(Disk::Mode::fast, [](std::uint32_t) { return 0U; });
      device.disk.copy_database(device_file, scratch, device_file);
      store::Store store = open(scratch);
      read(store, kept);
    }
  } catch (const store::StoreError&) {}
  return kept;
}

void Holdings::read(store::Store& store, Kept& kept) const {
  OfDevice held{read_picture(store, written_), {}};
  kept.good = !held.picture.unwritten;
  for (const store::ParkedRow& parked : store.parked())
    kept.good = add_envelope(parked.envelope, held.parked) && kept.good;
  kept.held = std::move(held);
}

ChangeSet Holdings::of_log() {
  ChangeSet found;
  const auto& entries = world_.ledger.entries;
  log_.resize(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    KeptBundle& kept = log_[i];
    if (kept.envelope != entries[i].envelope) {
      kept = {entries[i].envelope, {}};
      if (!add_envelope(*kept.envelope, kept.origins)) kept.envelope.reset();
    }
    found.add(Written::changes_of(kept.origins));
  }
  return found;
}

std::map<NodeId, Head> Holdings::durable_heads(const Device& device) const {
  const std::unique_ptr<Disk> image = device.disk.durable_copy();
  const store::Store store = open(*image);
  std::map<NodeId, Head> heads;
  for (const Head& head : store.heads()) heads[head.node] = head;
  return heads;
}

LogLedger Holdings::log_now() const {
  Disk scratch(Disk::Mode::fast, [](std::uint32_t) { return 0U; });
  world_.relay_disk.copy_database(relay_file, scratch, relay_file);
  return read_log(relay_file, scratch.vfs());
}

LogLedger Holdings::durable_log() const {
  const std::unique_ptr<Disk> image = world_.relay_disk.durable_copy();
  return read_log(relay_file, image->vfs());
}

bool Holdings::add_envelope(ByteView envelope, Written::Origins& found) const {
  const Result<Bytes> canonical = unpack_envelope(envelope);
  if (!canonical) return true;
  const Result<Bundle> bundle = decode_bundle(*canonical);
  if (!bundle) return true;
  bool known = true;
  for (const Change& change : bundle->changes) {
    for (const Event& event : change.events) {
      const Written::Origin* origin = written_.find(event);
      known = known && origin;
      if (origin && !writes_again(change.metadata)) found.push_back(origin);
    }
  }
  return known;
}

}  // namespace tidemark::sim
