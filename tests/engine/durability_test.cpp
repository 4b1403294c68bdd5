#include <doctest/doctest.h>

#include <set>

#include "tests/engine/world.h"
#include "tests/support/counting_vfs.h"

using namespace tidemark;
using namespace tidemark::test;

namespace {

// Which write-ahead logs hold bytes that no sync has covered yet.
struct Unsynced {
  explicit Unsynced(CountingVfs& vfs) {
    vfs.skips_syncs = true;
    vfs.hook = [this](CountingVfs::Call call, const std::string& path) {
      const bool is_wal = path.size() > 4 && path.compare(path.size() - 4, 4, "-wal") == 0;
      if (is_wal && call == CountingVfs::Call::write) files.insert(path);
      if (is_wal && call == CountingVfs::Call::sync) files.erase(path);
      return SQLITE_OK;
    };
  }
  std::set<std::string> files;
};

struct Sent {
  int pushes = 0;
  int confirms = 0;
  int unsafe = 0;
};

Sent edit_and_sync(store::Durability durability) {
  CountingVfs device_vfs("durability-device");
  CountingVfs relay_vfs("durability-relay");
  Unsynced on_device(device_vfs);
  Unsynced on_relay(relay_vfs);
  Sent sent;
  World world(1, device_vfs.name(), relay_vfs.name());
  world.durability = durability;
  world.on_sent = [&](const sync::Frame& frame, bool from_device) {
    const auto message = sync::decode_message(frame);
    REQUIRE(message);
    if (from_device && std::holds_alternative<sync::Push>(*message)) {
      ++sent.pushes;
      for (const std::string& file : on_device.files)
        sent.unsafe += file.find("/a.tidemark") != std::string::npos ? 1 : 0;
    }
    if (!from_device && std::holds_alternative<sync::Confirm>(*message)) {
      ++sent.confirms;
      sent.unsafe += on_relay.files.empty() ? 0 : 1;
    }
    return true;
  };
  Device& a = world.device("a");
  CHECK(world.sync(a));
  for (int i = 0; i < 40; ++i) {
    a.set("note", "k" + std::to_string(i % 5), std::to_string(i));
    if (i % 3 == 0) world.run();
  }
  CHECK(world.sync(a));
  return sent;
}

}  // namespace

TEST_CASE("every send follows a sync of the device's log and every confirm one of the relay's") {
  const Sent sent = edit_and_sync(store::Durability::full);
  CHECK(sent.pushes > 5);
  CHECK(sent.confirms > 5);
  CHECK(sent.unsafe == 0);
}

TEST_CASE("with relaxed local writes a bundle is still durable before it is sent") {
  {
    CountingVfs vfs("durability-relaxed");
    Unsynced unsynced(vfs);
    World world(1, vfs.name());
    world.durability = store::Durability::relaxed;
    world.device("a").set("note", "title", "x");
    CHECK(!unsynced.files.empty());  // so the write itself was not waited for
  }
  const Sent sent = edit_and_sync(store::Durability::relaxed);
  CHECK(sent.pushes > 5);
  CHECK(sent.unsafe == 0);
}

TEST_CASE("a commit that fails on a full device disk is not sent, and goes on when there is room") {
  CountingVfs vfs("durability-full");
  vfs.skips_syncs = true;
  World world(1, vfs.name());
  Device& a = world.device("a");
  Device& b = world.device("b");
  CHECK(world.sync_all());
  vfs.hook = [](CountingVfs::Call call, const std::string& path) {
    return call == CountingVfs::Call::write && path.find("/a.tidemark") != std::string::npos ? SQLITE_FULL : SQLITE_OK;
  };
  CHECK_THROWS_AS((void)a.replica->set("note", "title", Value::text("x")), store::StoreError);
  CHECK(!a.replica->get("note", "title"));
  vfs.hook = nullptr;
  a.set("note", "title", "y");
  CHECK(world.sync_all());
  CHECK(b.get("note", "title") == "y");
}
