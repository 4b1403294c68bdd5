// Notes: a replica whose clock goes on by 10 ms with each reading.
#pragma once

#include <doctest/doctest.h>

#include <string>

#include "client/replica.h"
#include "store/store.h"
#include "tests/support/temp_dir.h"

namespace tidemark::test {

inline Value text(const std::string& utf8) { return *Value::text(utf8); }

struct Notes {
  TempDir dir;
  std::int64_t wall_ms = 1'795'000'000'000;
  Replica replica;

  Notes() : replica(Replica::create(dir / "notes.tidemark", "notes", options())) {}

  ReplicaOptions options() {
    ReplicaOptions options;
    options.wall_clock = [this] { return wall_ms += 10; };
    return options;
  }
  Stamp set(const std::string& entity, const std::string& attribute, const std::string& value,
            const std::string& author = {}) {
    Draft draft;
    draft.writes.push_back({{entity, attribute}, text(value)});
    draft.metadata.author = author;
    const auto stamp = replica.change(draft);
    REQUIRE(stamp);
    return *stamp;
  }
  // The text of an attribute; "-" if it has none.
  std::string at(const std::string& entity, const std::string& attribute) const {
    const auto value = replica.get(entity, attribute);
    return value && value->type() == ValueType::text ? value->as_string() : "-";
  }
  std::string code(const Result<Undone>& result) const { return result ? "" : result.error().code; }
};

}  // namespace tidemark::test
