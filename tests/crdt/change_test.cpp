#include "crdt/change.h"

#include <doctest/doctest.h>

#include "crdt/limits.h"
#include "tests/crdt/arbitrary.h"

namespace tidemark {
namespace {

Change one_write() {
  Change change;
  change.stamp = {1000, 0, {1}};
  change.events.push_back({{"e", "a"}, Value::integer(1), std::nullopt});
  return change;
}

std::string code(const std::optional<Error>& error) { return error ? error->code : "accepted"; }

std::string cell_code(std::string entity, std::string attribute) {
  return code(check_cell({std::move(entity), std::move(attribute)}));
}

std::string numbered(std::size_t index) {
  const std::string digits = std::to_string(index);
  return std::string(8 - digits.size(), '0') + digits;
}

Change with_events(std::size_t count) {
  Change change = one_write();
  change.events.clear();
  for (std::size_t i = 0; i < count; ++i) change.events.push_back({{"e", numbered(i)}, Value(), std::nullopt});
  return change;
}

}  // namespace

TEST_CASE("names of entities and attributes are bounded, UTF-8 and without NUL") {
  CHECK(cell_code("e", "a") == "accepted");
  CHECK(cell_code("\u00e9", "\U0001f600 with spaces\n") == "accepted");
  CHECK(cell_code("", "a") == "bad_entity");
  CHECK(cell_code("e", "") == "bad_attribute");
  CHECK(cell_code(std::string("e\0", 2), "a") == "bad_entity");
  CHECK(cell_code("e", std::string("\0", 1)) == "bad_attribute");
  CHECK(cell_code("\xff", "a") == "bad_entity");
  CHECK(cell_code("e", "\xed\xa0\x80") == "bad_attribute");
  for (const std::size_t size : {max_entity_bytes - 1, max_entity_bytes})
    CHECK(cell_code(std::string(size, 'e'), "a") == "accepted");
  CHECK(cell_code(std::string(max_entity_bytes + 1, 'e'), "a") == "bad_entity");
  for (const std::size_t size : {max_attribute_bytes - 1, max_attribute_bytes})
    CHECK(cell_code("e", std::string(size, 'a')) == "accepted");
  CHECK(cell_code("e", std::string(max_attribute_bytes + 1, 'a')) == "bad_attribute");
  CHECK(check_cell({std::string(65, 'e'), "a"})->got == "'" + std::string(40, 'e') + "...', 65 bytes");
}

TEST_CASE("cells are ordered by entity, then attribute, as unsigned bytes") {
  CHECK(Cell{"a", "z"} < Cell{"b", "a"});
  CHECK(Cell{"a", "a"} < Cell{"a", "b"});
  CHECK(Cell{"a", "z"} < Cell{"aa", "a"});
  CHECK(Cell{"z", "a"} < Cell{"\u00e9", "a"});
  CHECK_FALSE(Cell{"a", "a"} < Cell{"a", "a"});
}

TEST_CASE("a change has from 1 to its limit of events") {
  CHECK(code(check_change(with_events(0))) == "no_events");
  CHECK(code(check_change(with_events(1))) == "accepted");
  CHECK(code(check_change(with_events(max_change_events - 1))) == "accepted");
  CHECK(code(check_change(with_events(max_change_events))) == "accepted");
  CHECK(code(check_change(with_events(max_change_events + 1))) == "too_many_events");
}

TEST_CASE("events that do not strictly ascend are not canonical") {
  Change change = with_events(3);
  std::swap(change.events[1], change.events[2]);
  CHECK(code(check_change(change)) == "not_canonical");
  CHECK(check_change(change)->field == "event 2 cell");
  change = with_events(3);
  change.events[2].cell = change.events[1].cell;
  CHECK(code(check_change(change)) == "not_canonical");
  change = with_events(3);
  change.events[2].cell.attribute.clear();
  CHECK(code(check_change(change)) == "bad_attribute");
  CHECK(check_change(change)->field == "event 2 attribute");
}

TEST_CASE("every stamp of a change ends with the year 9999") {
  const auto codes = [](std::uint64_t ms) {
    Change stamped = one_write();
    stamped.stamp.ms = ms;
    Change based = one_write();
    based.events[0].base = Stamp{ms, 0, {1}};
    Change linked = one_write();
    linked.links.push_back({LinkKind::undoes, {ms, 0, {1}}});
    return code(check_change(stamped)) + " " + code(check_change(based)) + " " + code(check_change(linked));
  };
  CHECK(codes(max_stamp_ms - 1) == "accepted accepted accepted");
  CHECK(codes(max_stamp_ms) == "accepted accepted accepted");
  CHECK(codes(max_stamp_ms + 1) == "bad_stamp bad_stamp bad_stamp");
}

TEST_CASE("links are bounded, ascend and have a known kind") {
  const auto linked = [](std::size_t count) {
    Change change = one_write();
    for (std::size_t i = 0; i < count; ++i) change.links.push_back({LinkKind::causation, {i, 0, {1}}});
    return change;
  };
  CHECK(code(check_change(linked(max_change_links - 1))) == "accepted");
  CHECK(code(check_change(linked(max_change_links))) == "accepted");
  CHECK(code(check_change(linked(max_change_links + 1))) == "too_many_links");
  Change change = linked(2);
  change.links[1] = change.links[0];
  CHECK(code(check_change(change)) == "not_canonical");
  change.links[1].kind = LinkKind::correlation;
  CHECK(code(check_change(change)) == "not_canonical");
  change.links[1].kind = LinkKind::undoes;
  CHECK(code(check_change(change)) == "accepted");
  change.links[1].kind = LinkKind::settles;
  CHECK(code(check_change(change)) == "accepted");
  change.links[1].kind = static_cast<LinkKind>(4);
  CHECK(code(check_change(change)) == "not_canonical");
}

TEST_CASE("every kind of link has a name and nothing else has") {
  for (const LinkKind kind : {LinkKind::correlation, LinkKind::causation, LinkKind::undoes, LinkKind::settles}) {
    CHECK(link_kind(link_name(kind)) == kind);
  }
  CHECK(link_name(LinkKind::settles) == "settles");
  CHECK_FALSE(link_kind("redoes"));
  CHECK_FALSE(link_kind(""));
}

TEST_CASE("metadata is bounded in all and UTF-8 in each") {
  const auto sized = [](std::size_t size) {
    Change change = one_write();
    change.metadata.author = "author";
    change.metadata.source = "source";
    change.metadata.note.assign(size - 16, ' ');
    change.metadata.json = "{ }\n";
    return change;
  };
  CHECK(code(check_change(sized(max_metadata_bytes - 1))) == "accepted");
  CHECK(code(check_change(sized(max_metadata_bytes))) == "accepted");
  CHECK(code(check_change(sized(max_metadata_bytes + 1))) == "metadata_too_large");
  const auto described = [](std::size_t size) {
    Change change = one_write();
    change.metadata.json.assign(size, ' ');
    return check_change(change);
  };
  CHECK(code(described(max_metadata_json_bytes - 1)) == "accepted");
  CHECK(code(described(max_metadata_json_bytes)) == "accepted");
  CHECK(code(described(max_metadata_json_bytes + 1)) == "metadata_too_large");
  CHECK(described(max_metadata_json_bytes + 1)->field == "metadata json");
  for (std::string Metadata::*member : {&Metadata::author, &Metadata::source, &Metadata::note, &Metadata::json}) {
    Change change = one_write();
    CHECK(change.metadata.empty());
    change.metadata.*member = "\xff";
    CHECK_FALSE(change.metadata.empty());
    CHECK(code(check_change(change)) == "bad_utf8");
  }
}

TEST_CASE("a draft becomes canonical: sorted, and the last write of a cell counts") {
  Draft draft;
  draft.writes = {{{"f", "x"}, Value::integer(1)},
                  {{"e", "y"}, Value::integer(2)},
                  {{"f", "x"}, Value::integer(3)},
                  {{"e", "x"}, Value::integer(4)},
                  {{"f", "x"}, Value::integer(5)}};
  draft.links = {
      {LinkKind::undoes, {1, 0, {1}}}, {LinkKind::correlation, {2, 0, {1}}}, {LinkKind::undoes, {1, 0, {1}}}};
  draft.metadata.note = "why";
  const auto change = canonical_change(draft);
  REQUIRE(change);
  const std::vector<Event> events = {{{"e", "x"}, Value::integer(4), std::nullopt},
                                     {{"e", "y"}, Value::integer(2), std::nullopt},
                                     {{"f", "x"}, Value::integer(5), std::nullopt}};
  CHECK(change->events == events);
  CHECK(change->links.size() == 2);
  CHECK(change->links[0].kind == LinkKind::correlation);
  CHECK(change->metadata.note == "why");
  CHECK(change->stamp == Stamp{});
}

TEST_CASE("a draft is bounded by what remains of it") {
  Draft draft;
  CHECK(canonical_change(draft).error().code == "no_events");
  for (std::size_t i = 0; i < max_change_events; ++i) draft.writes.push_back({{"e", numbered(i)}, Value()});
  draft.writes.push_back({{"e", numbered(0)}, Value()});
  CHECK(canonical_change(draft));
  draft.writes.push_back({{"f", "a"}, Value()});
  CHECK(canonical_change(draft).error().code == "too_many_events");
  draft.writes = {{{"", "a"}, Value()}};
  CHECK(canonical_change(draft).error().code == "bad_entity");
}

TEST_CASE("what canonical_change returns passes check_change") {
  CHECK(rc::check([] {
    const Change change = *arbitrary_change();
    RC_ASSERT(!check_change(change));
    Draft again;
    for (const Event& event : change.events) again.writes.insert(again.writes.begin(), {event.cell, event.value});
    const auto same = canonical_change(again);
    RC_ASSERT(same);
    RC_ASSERT(same->events.size() == change.events.size());
  }));
}

}  // namespace tidemark
