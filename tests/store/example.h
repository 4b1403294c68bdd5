// A small replica with something of everything. docs/storage-format.md shows it, and tests/fixtures/store keeps it as every
// version of the format wrote it.
#pragma once

#include <string>

#include "tests/store/world.h"

namespace tidemark::store {

inline constexpr NodeId example_node{0x89abcdef01234567};
inline constexpr NodeId example_stranger{0xb2};
inline constexpr std::int64_t example_ms = 1'795'185'612'345;  // 2026-11-20T14:40:12.345Z
inline const std::string example_note = "0192f0c1-2345-7abc-8def-0123456789ab";

inline Recording example_change(std::vector<Write> writes, std::int64_t wall_ms, std::vector<Link> links = {},
                                Metadata metadata = {}) {
  return {draft(std::move(writes), std::move(links), std::move(metadata)), wall_ms, false, false};
}

inline void make_example(const std::string& path, const Options& options) {
  Store store = Store::create(path, "notes", example_node, options);
  const Recording first = example_change(
      {{{example_note, "title"}, text("Tides")},
       {{example_note, "body"}, text("The sea rises and falls twice a day, and nobody needs to ask it to do so.")}},
      example_ms);
  const Stamp stamp = *store.record({&first, 1}).front();
  seal_all(store, example_node);
  store.set_confirmed(example_node, 1);

  Change theirs = draft({{{example_note, "title"}, text("High tides")}}, {}, {"someone", "phone", "", ""});
  theirs.stamp = {static_cast<std::uint64_t>(example_ms) + 60'000, 0, example_stranger};
  Arrival parked = arrival(example_stranger, 2, {}, 3);
  parked.kind = Arrival::Kind::parked;
  parked.row.first = parked.row.last = {static_cast<std::uint64_t>(example_ms) + 90'000'000, 0, example_stranger};
  parked.row.events = 1;
  parked.reason = "clock_ahead";
  parked.envelope = {0, 1, 2};
  store.apply(std::vector<Arrival>{held(example_node, 1, 1), arrival(example_stranger, 1, {theirs}, 2), parked},
              Cursor{{0x10, 0x6}, 3, {0xac}});

  const std::vector<Recording> later = {
      example_change({{{"list-1", "done"}, Value::boolean(true)},
                      {{"list-1", "rank"}, Value::real(2.5)},
                      {{"list-1", "tags"}, *Value::json("[\"sea\"]")},
                      {{"list-1", "icon"}, *Value::bytes(std::string("\0\xff", 2))},
                      {{"list-1", "count"}, number(-7)},
                      {{"list-1", "due"}, Value::null()}},
                     example_ms + 120'000, {{LinkKind::causation, stamp}},
                     {"someone", "cli", "from the beach", "{\"app\":1}"}),
      example_change({{{"list-2", "title"}, text("Shells")}}, example_ms + 121'000),
      example_change({{{"list-2", std::string(deleted_attribute)}, Value::boolean(true)}}, example_ms + 122'000)};
  store.record(later);
  // The clock was a little ahead, so the relay had the changes stamped anew.
  store.restamp(example_node, 2, -20'000, example_ms + 101'500);
}

}  // namespace tidemark::store
