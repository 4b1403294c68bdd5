#include <doctest/doctest.h>

#include "tests/server/log_world.h"
#include "tests/server/running_service.h"
#include "tests/support/counting_vfs.h"

using namespace tidemark;
using namespace tidemark::server;
using namespace tidemark::server::testing;

TEST_CASE("a stopping service says goodbye with 1001 and accepts nobody") {
  const TempDir directory;
  ServiceOptions options;
  options.log.path = directory / "relay.db";
  RunningService service(std::move(options));
  Device greeted(service.url(), "notes", 1), silent(service.url(), "notes", 2);
  REQUIRE(greeted.hello());
  REQUIRE(greeted.next<sync::Welcome>());
  REQUIRE(silent.client.open());
  service.stop();
  CHECK(greeted.closed() == 1001);
  CHECK(silent.closed() == 1001);
  service.wait_until_stopped();
  Device late(service.url(), "notes", 3);
  CHECK_FALSE(late.hello());
}

TEST_CASE("what was taken in before a stop is confirmed, and what was confirmed is stored") {
  const TempDir directory;
  std::uint64_t confirmed = 0;
  {
    ServiceOptions options;
    options.log.path = directory / "relay.db";
    RunningService service(std::move(options));
    Device alice(service.url(), "notes", 1);
    REQUIRE(alice.hello());
    REQUIRE(alice.next<sync::Welcome>());
    for (int i = 0; i < 40; ++i) alice.push("value " + std::to_string(i));
    confirmed = alice.next<sync::Confirm>()->n;
    service.stop();
    while (const auto confirm = alice.next<sync::Confirm>()) confirmed = confirm->n;
    CHECK(alice.closed() == 1001);
    service.wait_until_stopped();
  }
  SqliteLog stored({directory / "relay.db", ""});
  CHECK(confirmed >= 1);
  CHECK(load(stored, "notes").end.seq == confirmed);
}

TEST_CASE("a disk that hangs cannot keep a service from stopping, nor a peer that does not answer") {
  const TempDir directory;
  CountingVfs vfs("service-hangs");
  std::mutex disk;
  vfs.hook = [&](CountingVfs::Call call, const std::string&) {
    if (call == CountingVfs::Call::sync) const std::lock_guard wait(disk);
    return SQLITE_OK;
  };
  ServiceOptions options;
  options.log = {directory / "relay.db", vfs.name()};
  options.stop_max = std::chrono::milliseconds(200);
  RunningService service(std::move(options));
  Device alice(service.url(), "notes", 1);
  REQUIRE(alice.hello());
  REQUIRE(alice.next<sync::Welcome>());
  std::unique_lock hang(disk);
  alice.push("never confirmed");
  alice.client.run_for(std::chrono::milliseconds(50));
  service.stop();
  service.wait_until_stopped();
  CHECK(alice.client.frames.size() == 1);  // the welcome
  hang.unlock();                           // the log's thread finishes when the service goes
}

TEST_CASE("a service that is dropped closes its connections") {
  const TempDir directory;
  ServiceOptions options;
  options.log.path = directory / "relay.db";
  auto service = std::make_unique<RunningService>(std::move(options));
  Device alice(service->url(), "notes", 1);
  REQUIRE(alice.hello());
  REQUIRE(alice.next<sync::Welcome>());
  service.reset();
  CHECK(alice.closed() != 0);
}
