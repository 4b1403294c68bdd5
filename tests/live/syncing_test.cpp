#include "client/syncing.h"

#include <doctest/doctest.h>

#include <future>

#include "client/replica.h"
#include "tests/server/running_service.h"
#include "tests/support/temp_dir.h"

using namespace tidemark;

TEST_CASE("a sync notices the writes of its own Replica without waiting for its next look at the file") {
  const test::TempDir directory;
  server::ServiceOptions options;
  options.log.path = directory / "relay.db";
  const server::testing::RunningService relay(std::move(options));
  Replica writer = Replica::create(directory / "writer", "notes");
  Replica reader = Replica::create(directory / "reader", "notes");

  SyncOptions reading;
  reading.url = "ws://" + relay.address();
  std::promise<std::string> arrived;
  reading.on_applied = [&](const std::vector<Change>& changes) {
    arrived.set_value(std::string(changes.at(0).events.at(0).cell.entity));
  };
  const auto reader_sync = reader.sync(reading);
  SyncOptions writing;
  writing.url = reading.url;
  writing.look_interval_ms = 3'600'000;
  auto writer_sync = writer.sync(writing);
  REQUIRE((*reader_sync)->wait_synced(10'000));
  REQUIRE((*writer_sync)->wait_synced(10'000));

  REQUIRE(writer.set("note-1", "title", Value::text("Shopping")));
  auto entity = arrived.get_future();
  REQUIRE(entity.wait_for(std::chrono::seconds(10)) == std::future_status::ready);
  CHECK(entity.get() == "note-1");

  writer_sync->reset();
  CHECK(writer.set("note-1", "title", Value::text("written when the sync is gone")));
}
