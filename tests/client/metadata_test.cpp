// Who, why, from where: what a change says beside its values.
#include <doctest/doctest.h>

#include <random>

#include "bundles/bundle.h"
#include "bundles/envelope.h"
#include "client/replica.h"
#include "client/seal.h"
#include "crdt/limits.h"
#include "store/store.h"
#include "tests/support/temp_dir.h"

using namespace tidemark;
using tidemark::test::TempDir;

namespace {

Draft one(std::int64_t value, Metadata metadata = {}, std::vector<Link> links = {}) {
  return {{{{"e", "a"}, Value::integer(value)}}, std::move(links), std::move(metadata)};
}

Draft one_of(const char* author, const char* source) { return one(1, {author, source, "", ""}); }

std::string code(const Result<Stamp>& stamp) { return stamp ? "recorded" : stamp.error().code; }

Metadata said(const Replica& replica, const Result<Stamp>& stamp) { return replica.find(*stamp)->metadata; }

}  // namespace

TEST_CASE("a change says the author and source of its file, unless it names its own") {
  TempDir dir;
  {
    Replica replica = Replica::create(dir / "r", "space");
    CHECK(replica.identity() == store::Identity{});
    CHECK(said(replica, replica.set("e", "a", Value::null())).empty());
    REQUIRE(!replica.set_identity({"ada", "web-app"}));
  }
  Replica replica = Replica::open(dir / "r");
  CHECK(replica.identity() == store::Identity{"ada", "web-app"});
  CHECK(said(replica, replica.set("e", "a", Value::null())) == Metadata{"ada", "web-app", "", ""});
  CHECK(said(replica, replica.erase("e")) == Metadata{"ada", "web-app", "", ""});
  CHECK(said(replica, replica.change(one(1, {"bob", "", "why", ""}))) == Metadata{"bob", "web-app", "why", ""});
  const std::vector<Replica::Dated> dated{{one(2, {"", "import", "", ""}), 4'000'000'000'000}};
  const auto stamps = replica.change_at(dated);
  REQUIRE(stamps);
  CHECK(replica.find(stamps->front())->metadata == Metadata{"ada", "import", "", ""});
  REQUIRE(!replica.set_identity({}));
  CHECK(said(replica, replica.set("e", "a", Value::null())).empty());
  CHECK(replica.verify().problems.empty());
}

TEST_CASE("an opening may have an author and a source of its own, which the file does not keep") {
  TempDir dir;
  {
    ReplicaOptions options;
    options.author = "agent";
    Replica replica = Replica::create(dir / "r", "space", options);
    REQUIRE(!replica.set_identity({"ada", "web-app"}));
    CHECK(replica.identity() == store::Identity{"agent", "web-app"});
    CHECK(said(replica, replica.set("e", "a", Value::null())) == Metadata{"agent", "web-app", "", ""});
  }
  CHECK(Replica::open(dir / "r").identity() == store::Identity{"ada", "web-app"});
}

TEST_CASE("another process that says who writes is heard by this one") {
  TempDir dir;
  Replica one = Replica::create(dir / "r", "space");
  Replica two = Replica::open(dir / "r");
  REQUIRE(!two.set_identity({"ada", ""}));
  CHECK(said(one, one.set("e", "a", Value::null())).author == "ada");
  REQUIRE(!two.set_identity({"bob", "web-app"}));
  CHECK(said(one, one.change(one_of("", "phone"))) == Metadata{"bob", "phone", "", ""});
  CHECK(said(one, one.change(one_of("eve", ""))) == Metadata{"eve", "web-app", "", ""});
}

TEST_CASE("a change that fits only without what another process just said of who writes is refused") {
  TempDir dir;
  Replica one = Replica::create(dir / "r", "space");
  Replica two = Replica::open(dir / "r");
  const auto sized = [](std::size_t size) {
    return Draft{{{{"e", "a"}, *Value::text(std::string(max_value_bytes, 'x'))},
                  {{"e", "b"}, *Value::text(std::string(size, 'y'))}}, {}, {}};
  };
  std::size_t most = max_value_bytes;
  while (!fits_bundle(*canonical_change(sized(most)))) --most;
  const std::uint64_t events = one.status().counts.events;
  REQUIRE(!two.set_identity({"a", ""}));
  CHECK(code(one.change(sized(most))) == "change_too_large");
  CHECK(one.status().counts.events == events);
  CHECK(code(one.change(sized(most - 20))) == "recorded");
}

TEST_CASE("an identity has its limits and is UTF-8") {
  TempDir dir;
  Replica replica = Replica::create(dir / "r", "space");
  CHECK(!replica.set_identity({std::string(max_identity_bytes - 1, 'a'), ""}));
  CHECK(!replica.set_identity({std::string(max_identity_bytes, 'a'), std::string(max_identity_bytes, 's')}));
  CHECK(replica.set_identity({std::string(max_identity_bytes + 1, 'a'), ""})->code == "metadata_too_large");
  CHECK(replica.set_identity({"", std::string(max_identity_bytes + 1, 's')})->field == "source");
  CHECK(replica.set_identity({"\xff", ""})->code == "bad_utf8");
  CHECK(replica.set_identity({"", "\xff"})->field == "source");
  CHECK(replica.identity().author == std::string(max_identity_bytes, 'a'));
}

TEST_CASE("the JSON of a change is any JSON, at most so long, and keeps every byte") {
  TempDir dir;
  Replica replica = Replica::create(dir / "r", "space");
  for (const char* json : {"{ \"b\" : 1.0,\n\"a\":[ ] }", "7", "\"text\"", " null "}) {
    const auto stamp = replica.change(one(1, {"", "", "", json}));
    REQUIRE(stamp);
    CHECK(said(replica, stamp).json == json);
  }
  for (const char* bad : {"{", "nope", "1 2", "{\"a\":1,}", " "}) {
    CHECK(code(replica.change(one(1, {"", "", "", bad}))) == "bad_json");
  }
  CHECK(code(replica.change(one(1, {"", "", "", "{\"a\":1,\"a\":2}"}))) == "duplicate_key");
  const auto sized = [&](std::size_t size) {
    return replica.change(one(1, {"", "", "", '"' + std::string(size - 2, 'x') + '"'}));
  };
  CHECK(code(sized(max_metadata_json_bytes - 1)) == "recorded");
  CHECK(code(sized(max_metadata_json_bytes)) == "recorded");
  CHECK(code(sized(max_metadata_json_bytes + 1)) == "metadata_too_large");
  CHECK(replica.status().counts.events == 6);
}

TEST_CASE("a link names a change that is here, by any stamp that it ever had") {
  TempDir dir;
  Replica replica = Replica::create(dir / "r", "space");
  const Stamp printed = *replica.set("e", "a", Value::integer(1));
  store::Store& store = replica.store();
  store.restamp(store.node(), 1, -100'000, static_cast<std::int64_t>(printed.ms));
  const Stamp now = store.resolve(printed);
  REQUIRE(now != printed);
  for (const LinkKind kind : {LinkKind::correlation, LinkKind::causation, LinkKind::undoes, LinkKind::settles}) {
    const auto linked = replica.change(one(2, {}, {{kind, printed}, {kind, now}}));
    REQUIRE(linked);
    CHECK(replica.find(*linked)->links == std::vector<Link>{{kind, now}});
    const auto unknown = replica.change(one(3, {}, {{kind, {now.ms, 9, {12}}}}));
    CHECK(code(unknown) == "unknown_stamp");
    CHECK(unknown.error().field == "link " + std::string(link_name(kind)));
  }
  CHECK(replica.get("e", "a") == Value::integer(2));
}

TEST_CASE("writes of what is there are left out if the app says so, and then nothing is recorded") {
  TempDir dir;
  Replica replica = Replica::create(dir / "r", "space");
  const Stamp first = *replica.set("e", "a", Value::integer(1), {true});
  CHECK(*replica.set("e", "a", Value::integer(1), {true}) == first);
  CHECK(replica.status().counts.events == 1);
  Draft both = one(1);
  both.writes.push_back({{"e", "b"}, Value::integer(1)});
  const Stamp second = *replica.change(both, {true});
  CHECK(replica.find(second)->events.size() == 1);
  CHECK(*replica.change(both, {true}) == second);
  CHECK(*replica.set("e", "a", Value::integer(1)) != first);
  CHECK(replica.status().counts.events == 3);
}

struct Wire {
  std::size_t bundles = 0;
  std::size_t bytes = 0;
};

// The packed bundles of so many changes, each with one of `metadata`.
static Wire wire(int changes, const std::vector<Metadata>& metadata) {
  TempDir dir;
  ReplicaOptions options;
  options.durability = store::Durability::relaxed;
  options.node = NodeId{0xa};
  Replica replica = Replica::create(dir / "r", "space", options);
  std::vector<Replica::Dated> dated;
  for (int i = 0; i < changes; ++i) {
    dated.push_back({one(i, metadata[static_cast<std::size_t>(i) * 7 % 11 % metadata.size()]), 1'000'000 + i * 977});
  }
  REQUIRE(replica.change_at(dated));
  store::Store& store = replica.store();
  Wire sent;
  while (seal_next(store, store.node())) {
    ++sent.bundles;
    sent.bytes += pack_envelope(encode_again(store, store.node(), sent.bundles).bytes).size();
  }
  return sent;
}

// Five that are 1 KiB each, most of it text that compression can do little about.
static std::vector<Metadata> five_of_1_kib() {
  constexpr std::string_view letters =
      "#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz{|}";
  std::mt19937 random(1);
  std::vector<Metadata> five;
  for (int i = 0; i < 5; ++i) {
    Metadata said{"author " + std::to_string(i), "source " + std::to_string(i), "note " + std::to_string(i), "\""};
    while (said.author.size() + said.source.size() + said.note.size() + said.json.size() < 1'023) {
      said.json += letters[random() % letters.size()];
    }
    said.json += '"';
    five.push_back(std::move(said));
  }
  return five;
}

TEST_CASE("metadata that changes have in common costs a bundle hardly more than once its bytes") {
  constexpr std::size_t unique = 5 * 1'024;
  for (const int changes : {400, 1'000}) {
    const Wire bare = wire(changes, {Metadata{}});
    const Wire described = wire(changes, five_of_1_kib());
    MESSAGE(changes << " changes: " << bare.bytes << " bytes bare, " << described.bytes
                    << " with 1 KiB each of 5 kinds, in " << described.bundles << " bundles");
    // Each bundle says it once, and holds no more metadata than 512 KiB, repeats counted.
    CHECK(described.bundles == (changes == 400 ? 1 : 3));
    CHECK(described.bytes - bare.bytes <= described.bundles * unique * 110 / 100);
  }
}
