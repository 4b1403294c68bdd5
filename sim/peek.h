// Peek: a look into a device's file as it is now, through a copy: what is read so does not count as a call to its disk.
#pragma once

#include "sim/world.h"
#include "store/store.h"

namespace tidemark::sim {

class Peek {
 public:
  explicit Peek(const Device& device) : scratch_(Disk::Mode::fast, [](std::uint32_t) { return 0U; }) {
    device.disk.copy_database(device_file, scratch_, device_file);
    store::Options options;
    options.vfs = scratch_.vfs();
    options.read_only = true;
    store_.emplace(store::Store::open(device_file, options));
  }
  const store::Store& store() const { return *store_; }

 private:
  Disk scratch_;
  std::optional<store::Store> store_;
};

}  // namespace tidemark::sim
