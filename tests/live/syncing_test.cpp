#include "client/syncing.h"

#include <doctest/doctest.h>

#include <future>
#include <thread>

#include "client/replica.h"
#include "tests/server/running_service.h"
#include "tests/support/temp_dir.h"

using namespace tidemark;

namespace {

SyncOptions hardly_looking(const server::testing::RunningService& relay) {
  SyncOptions options;
  options.url = "ws://" + relay.address();
  options.look_interval_ms = 3'600'000;
  return options;
}

}  // namespace

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
  auto writer_sync = writer.sync(hardly_looking(relay));
  REQUIRE((*reader_sync)->wait_synced(10'000));
  REQUIRE((*writer_sync)->wait_synced(10'000));

  REQUIRE(writer.set("note-1", "title", Value::text("Shopping")));
  auto entity = arrived.get_future();
  REQUIRE(entity.wait_for(std::chrono::seconds(10)) == std::future_status::ready);
  CHECK(entity.get() == "note-1");

  writer_sync->reset();
  CHECK(writer.set("note-1", "title", Value::text("written when the sync is gone")));
}

TEST_CASE("what a later write may take the place of is not sent before it must") {
  const test::TempDir directory;
  server::ServiceOptions options;
  options.log.path = directory / "relay.db";
  const server::testing::RunningService relay(std::move(options));
  Replica replica = Replica::create(directory / "writer", "notes");
  replica.coalesce("title", 60'000);
  const auto syncing = replica.sync(hardly_looking(relay));
  REQUIRE((*syncing)->wait_synced(10'000));
  const auto events_of = [&](const char* attribute) {
    int events = 0;
    replica.history("note-1", attribute, [&](const store::HistoryRow&) { ++events; });
    return events;
  };

  EditSession drag = replica.edit_session();
  for (int i = 0; i < 5; ++i) {
    REQUIRE(drag.set("note-1", "rank", Value::integer(i)));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // a sync that was woken would have sealed it
  }
  CHECK(events_of("rank") == 1);
  for (int i = 0; i < 5; ++i) {
    REQUIRE(replica.set("note-1", "title", Value::text(std::to_string(i))));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  CHECK(events_of("title") == 1);
  CHECK(replica.status().counts.outbox == 2);

  REQUIRE(replica.set("note-1", "body", Value::text("and this takes all along")));
  REQUIRE((*syncing)->wait_synced(10'000));
  CHECK(replica.status().counts.outbox == 0);
  CHECK(replica.status().counts.events == 3);
}
