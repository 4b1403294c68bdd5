#include "server/service.h"

#include <doctest/doctest.h>

#include "tests/server/log_world.h"
#include "tests/server/running_service.h"
#include "tests/support/counting_vfs.h"

using namespace tidemark;
using namespace tidemark::server;
using namespace tidemark::server::testing;

namespace {

ServiceOptions with_log(const std::string& path, const std::string& vfs = "") {
  ServiceOptions options;
  options.log = {path, vfs};
  return options;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a service says over HTTP how it is") {
  const TempDir directory;
  RunningService service(with_log(directory / "relay.db"));
  const auto health = service.get("/healthz");
  CHECK(contains(health, "HTTP/1.1 200"));
  CHECK(contains(health, R"({"status":"ok","version":"1.2.3","sessions":0,"spaces":0,"alarms":[]})"));
  CHECK(contains(service.get("/metrics"), "tidemark_relay_connections 0"));
  CHECK(contains(service.get("/"), "HTTP/1.1 404"));
}

TEST_CASE("what one device pushes is confirmed when it is synced, and delivered to the other") {
  const TempDir directory;
  CountingVfs vfs("service-confirm");
  RunningService service(with_log(directory / "relay.db", vfs.name()));
  Device alice(service.url(), "notes", 1), bob(service.url(), "notes", 2);
  REQUIRE(alice.hello());
  REQUIRE(bob.hello());
  const auto welcome = alice.next<sync::Welcome>();
  REQUIRE(welcome);
  CHECK(welcome->verdict == sync::Verdict::ok);
  CHECK(welcome->seq == 0);
  REQUIRE(bob.next<sync::Welcome>());

  vfs.clear();
  alice.push("hello");
  const auto confirm = alice.next<sync::Confirm>();
  REQUIRE(confirm);
  CHECK(vfs.syncs() >= 1);
  CHECK(confirm->node == NodeId{1});
  CHECK(confirm->n == 1);
  CHECK(confirm->seq == 1);
  const auto entries = bob.next<sync::Entries>();
  REQUIRE(entries);
  CHECK(entries->first_seq == 1);
  REQUIRE(entries->entries.size() == 1);
  CHECK_FALSE(entries->entries[0].held);
  CHECK(contains(service.get("/healthz"), R"("sessions":2,"spaces":1)"));
  CHECK(contains(service.get("/metrics"), "tidemark_relay_bundles_confirmed_total 1"));
}

TEST_CASE("a restarted service has the same log and everything it confirmed") {
  const TempDir directory;
  std::optional<LogId> log;
  Hash hash{};
  {
    RunningService service(with_log(directory / "relay.db"));
    Device alice(service.url(), "notes", 1);
    REQUIRE(alice.hello());
    log = alice.next<sync::Welcome>()->log;
    alice.push("hello");
    REQUIRE(alice.next<sync::Confirm>());
    hash = alice.head().hash;
  }
  RunningService service(with_log(directory / "relay.db"));
  Device bob(service.url(), "notes", 2);
  REQUIRE(bob.hello());
  const auto welcome = bob.next<sync::Welcome>();
  REQUIRE(welcome);
  CHECK(welcome->log == log);
  CHECK(welcome->seq == 1);
  REQUIRE(bob.next<sync::Entries>());
  SqliteLog stored({directory / "relay.db", ""});
  CHECK(load(stored, "notes").heads.at(0).hash == hash);
}

TEST_CASE("a token opens its spaces, and who has none is closed with 1008") {
  const TempDir directory;
  auto options = with_log(directory / "relay.db");
  options.tokens = *Tokens::parse("0123456789abcdef notes\n");
  RunningService service(std::move(options));
  Device right(service.url(), "notes", 1, "0123456789abcdef");
  Device wrong(service.url(), "notes", 2, "0123456789abcdeX");
  Device elsewhere(service.url(), "letters", 3, "0123456789abcdef");
  Device nobody(service.url(), "notes", 4);
  REQUIRE(right.hello());
  CHECK(right.next<sync::Welcome>());
  for (Device* device : {&wrong, &elsewhere, &nobody}) {
    REQUIRE(device->hello());
    const auto error = device->next<sync::ErrorMessage>();
    REQUIRE(error);
    CHECK(error->error.code == "unauthorized");
    CHECK(device->closed() == 1008);
  }
}

TEST_CASE("a peer that breaks the protocol is closed while the others go on") {
  const TempDir directory;
  RunningService service(with_log(directory / "relay.db"));
  Device honest(service.url(), "notes", 1);
  REQUIRE(honest.hello());
  REQUIRE(honest.next<sync::Welcome>());
  test::Client garbage(service.url());
  REQUIRE(garbage.open());
  garbage.connection->send(test::text("{]"));
  garbage.run_until([&] { return garbage.closed.has_value(); });
  REQUIRE(garbage.closed);
  CHECK(garbage.closed->code == 1002);
  honest.push("still here");
  CHECK(honest.next<sync::Confirm>());
}

TEST_CASE("pushes of many devices share commits and are all confirmed") {
  const TempDir directory;
  RunningService service(with_log(directory / "relay.db"));
  std::vector<std::unique_ptr<Device>> devices;
  for (std::uint64_t node = 1; node <= 12; ++node) {
    devices.push_back(std::make_unique<Device>(service.url(), "space " + std::to_string(node % 3), node));
    REQUIRE(devices.back()->hello());
    REQUIRE(devices.back()->next<sync::Welcome>());
  }
  for (int round = 0; round < 5; ++round) {
    for (auto& device : devices) device->push("round " + std::to_string(round));
  }
  for (auto& device : devices) {
    std::optional<sync::Confirm> confirm;
    do {
      confirm = device->next<sync::Confirm>();
      REQUIRE(confirm);
    } while (confirm->n < 5);
  }
  CHECK(contains(service.get("/metrics"), "tidemark_relay_bundles_confirmed_total 60"));
  CHECK(contains(service.get("/metrics"), "tidemark_relay_commit_entries_sum 60"));
}

TEST_CASE("a service that cannot store is degraded, confirms nothing, and recovers") {
  const TempDir directory;
  CountingVfs vfs("service-full");
  RunningService service(with_log(directory / "relay.db", vfs.name()));
  Device alice(service.url(), "notes", 1);
  REQUIRE(alice.hello());
  REQUIRE(alice.next<sync::Welcome>());
  std::atomic<bool> full = true;
  vfs.hook = [&](CountingVfs::Call call, const std::string&) {
    return full && call == CountingVfs::Call::write ? SQLITE_FULL : SQLITE_OK;
  };
  alice.push("lost on the relay, kept by alice");
  const auto error = alice.next<sync::ErrorMessage>();
  REQUIRE(error);
  CHECK(error->error.retry == Retry::later);
  const auto health = service.get("/healthz");
  CHECK(contains(health, "HTTP/1.1 503"));
  CHECK(contains(health, R"("status":"degraded")"));
  CHECK(contains(health, R"("alarms":["storage"])"));

  full = false;
  Device again(service.url(), "notes", 1);
  REQUIRE(again.hello());
  REQUIRE(again.next<sync::Welcome>());
  again.push("this time");
  REQUIRE(again.next<sync::Confirm>());
  CHECK(contains(service.get("/healthz"), R"("status":"ok")"));
}
