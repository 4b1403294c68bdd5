#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "client/history_svg.h"
#include "client/replica.h"
#include "store/store.h"
#include "tests/support/temp_dir.h"

using namespace tidemark;
using tidemark::test::TempDir;

namespace {

Value text(const std::string& utf8) { return *Value::text(utf8); }

// Two people with a device each, at known times.
struct Story {
  TempDir dir;
  std::int64_t wall_ms = 1'763'649'612'000;  // 2025-11-20T14:40:12Z
  Replica ann = Replica::create(dir / "ann.tidemark", "notes", options(0xaa));
  Replica bob = Replica::create(dir / "bob.tidemark", "notes", options(0xbb));

  ReplicaOptions options(std::uint64_t node) {
    ReplicaOptions options;
    options.wall_clock = [this] { return wall_ms; };
    options.node = NodeId{node};
    return options;
  }

  Stamp write(Replica& device, std::int64_t seconds_later, Metadata metadata, std::vector<Write> writes) {
    wall_ms += seconds_later * 1000;
    Draft draft;
    draft.writes = std::move(writes);
    draft.metadata = std::move(metadata);
    const auto stamp = device.change(draft);
    REQUIRE(stamp);
    return *stamp;
  }

  // What a device wrote since the last time arrives at the other one.
  static void carry(Replica& from, Replica& to) {
    const store::Tail tail = from.store().tail(from.store().node(), 10'000);
    if (tail.changes.empty()) return;
    store::Arrival arrival;
    arrival.kind = store::Arrival::Kind::bundle;
    arrival.row.head = {tail.node, tail.previous.n + 1, {}};
    arrival.row.first = tail.changes.front().stamp;
    arrival.row.last = tail.changes.back().stamp;
    for (const Change& change : tail.changes) arrival.row.events += change.events.size();
    arrival.changes = tail.changes;
    REQUIRE(from.store().seal(arrival.row, tail.changes.size()));
    to.store().apply({&arrival, 1}, std::nullopt);
  }

  void meet() {
    carry(ann, bob);
    carry(bob, ann);
  }

  // What docs/history.md shows.
  void tell() {
    const auto title = [](const char* value) { return Write{{"note-1", "title"}, text(value)}; };
    const auto body = [](const char* value) { return Write{{"note-1", "body"}, text(value)}; };
    write(ann, 0, {"Ann", "phone", "", ""}, {title("Shopping"), body("milk\nbread\n")});
    meet();
    write(ann, 95, {"Ann", "phone", "", ""}, {body("milk\nbread\napples\n")});
    write(bob, 40, {"Bob", "laptop", "", ""}, {body("oat milk\nbread\n")});
    write(bob, 30, {"Bob", "laptop", "for the party", ""}, {title("Party")});
    wall_ms += 30'000;
    UndoRequest last;
    last.metadata.author = "Bob";
    REQUIRE(bob.undo(last));
    meet();
    bob.set_merge_policy("body", MergePieces{});
    wall_ms += 5'000;
    REQUIRE(bob.merge_conflicts() == 1);
    meet();
    write(ann, 3600, {"Ann", "phone", "", ""}, {title("Weekend shopping")});
    write(bob, 60, {"Bob", "laptop", "", ""}, {title("Groceries")});
    meet();
  }
};

std::string read(const std::string& path) {
  std::ifstream file(path);
  std::stringstream all;
  all << file.rdbuf();
  return all.str();
}

}  // namespace

TEST_CASE("the drawings in the guide are what is drawn") {
  Story story;
  story.tell();
  const Timeline timeline = story.ann.timeline("note-1");
  for (const auto& [name, drawing] : {std::pair<std::string, std::string>("timeline", timeline_svg("note-1", timeline)),
                                      {"graph", graph_svg("note-1", timeline)}}) {
    const std::string path = TIDEMARK_DOCS "/history-" + name + ".svg";
    if (std::getenv("TIDEMARK_DRAW") != nullptr) std::ofstream(path) << drawing;
    CHECK_MESSAGE(read(path) == drawing, path, ": to draw it anew, run this test with TIDEMARK_DRAW=1");
  }
}

TEST_CASE("both devices draw the same") {
  Story story;
  story.tell();
  CHECK(timeline_svg("note-1", story.ann.timeline("note-1")) == timeline_svg("note-1", story.bob.timeline("note-1")));
  CHECK(graph_svg("note-1", story.ann.timeline("note-1")) == graph_svg("note-1", story.bob.timeline("note-1")));
}

TEST_CASE("lanes are named after authors, and after devices where an author has two or none") {
  Story story;
  const auto write = [&](Replica& device, const char* author, const char* value) {
    story.write(device, 1, {author, "", "", ""}, {{{"note-1", "title"}, text(value)}});
    story.meet();
  };
  write(story.ann, "Ann", "1");
  write(story.bob, "Ann", "2");
  CHECK(timeline_svg("n", story.ann.timeline("note-1")).find(">Ann …00bb<") != std::string::npos);
  write(story.bob, "", "3");  // whoever uses the device
  CHECK(timeline_svg("n", story.ann.timeline("note-1")).find("device") == std::string::npos);
  write(story.bob, "Bob", "4");
  const std::string drawn = timeline_svg("n", story.ann.timeline("note-1"));
  CHECK(drawn.find(">Bob<") != std::string::npos);
  CHECK(drawn.find(">device …00bb<") != std::string::npos);
}

TEST_CASE("what people write cannot break a drawing") {
  Story story;
  story.write(story.ann, 0, {"<Ann> & \"co\"", "\x1b[31m", "]]>\n\xef\xbf\xbf", ""},
              {{{"note-1", "<b>"}, text("</text><script>\x01")}});
  for (const std::string& drawn :
       {timeline_svg("<&>", story.ann.timeline("note-1")), graph_svg("<&>", story.ann.timeline("note-1"))}) {
    CHECK(drawn.find("<script>") == std::string::npos);
    CHECK(drawn.find("<b>") == std::string::npos);
    CHECK(drawn.find("&lt;&amp;&gt;") != std::string::npos);
    CHECK(drawn.find("&lt;/text&gt;&lt;script&gt;") != std::string::npos);
    for (const char* bad : {"\x1b", "\x01", "\xef\xbf\xbf", "]]>"}) CHECK(drawn.find(bad) == std::string::npos);
  }
}

TEST_CASE("a base and links that name what comes later, or nothing, are not drawn") {
  const auto change = [](std::uint64_t ms, std::uint64_t base_ms) {
    TimelineChange made{{ms, 0, NodeId{ms}}, {}, {}, {}};
    const Stamp named{base_ms, 0, NodeId{base_ms}};
    made.links = {{LinkKind::undoes, named}, {LinkKind::settles, named}};
    made.steps.push_back({"title", named, {}, text("a"), false, {}, false});
    return made;
  };
  Timeline timeline;
  timeline.changes = {change(1, 3), change(2, 2), change(3, 9)};
  timeline.created = timeline.updated = Mark{timeline.changes[0].stamp, {}};
  for (const std::string& drawn : {timeline_svg("n", timeline), graph_svg("n", timeline)}) {
    for (const char* css_class : {"\"seen", "\"settles", "\"undoes"}) CHECK(drawn.find(css_class) == std::string::npos);
  }
}

TEST_CASE("an entity without changes is an empty drawing") {
  CHECK(timeline_svg("n", {}).find("no changes") != std::string::npos);
  CHECK(graph_svg("n", {}, "title").find("no changes") != std::string::npos);
}
