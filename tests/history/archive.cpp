#include "tests/history/archive.h"

#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <random>

namespace tidemark::test {
namespace {

constexpr NodeId node{0xa1b2c3d4e5f60718};
constexpr std::int64_t begin_ms = 1'735'689'600'000;  // 2025-01-01
constexpr std::int64_t year_ms = std::int64_t(365) * 86'400'000;
constexpr std::uint32_t changes_a_commit = 20'000;
constexpr std::uint32_t import_every = 10'000;  // entries
constexpr std::uint32_t import_size = 250;
constexpr std::uint8_t importer = 5;
const char* const authors[] = {"ann", "bob", "carl", "dora", "eve", "importer"};

std::uint64_t events_wanted() {
  const char* const given = std::getenv("TIDEMARK_EVENTS");
  return given == nullptr ? 1'000'000 : std::strtoull(given, nullptr, 10);
}

}  // namespace

std::string Archive::note(std::uint32_t number) { return "note-" + std::to_string(number); }
std::string Archive::author(std::uint8_t number) { return authors[number]; }

Stamp Archive::stamp(std::uint32_t number) const { return {std::uint64_t(entries_[number].ms), 0, node}; }

Draft Archive::draft(std::uint32_t number) const {
  const Entry& entry = entries_[number];
  const auto text = [&](const char* what) { return *Value::text(what + std::to_string(number)); };
  const auto write = [&](Draft& draft, const char* attribute, Value value) {
    draft.writes.push_back({{note(entry.note), attribute}, std::move(value)});
  };
  Draft draft;
  draft.metadata.author = author(entry.author);
  draft.metadata.source = "web-app";
  switch (entry.kind) {
    case Entry::Kind::edit:
      write(draft, "note.title", text("Title "));
      write(draft, "note.done", Value::boolean(number % 2 == 0));
      break;
    case Entry::Kind::import:
      draft.metadata.source = "import";
      if (entry.group != number) draft.links = {{LinkKind::correlation, stamp(entry.group)}};
      write(draft, "note.title", text("Imported "));
      write(draft, "note.body", text("A paragraph of a file that somebody had before, with some words in it: "));
      write(draft, "file.row", Value::integer(number));
      break;
    case Entry::Kind::suggestion:
      draft.metadata.source = "ai-agent";
      draft.metadata.note = "a shorter title";
      draft.metadata.json = R"({"ai":{"model":"m-1","asked":"shorten )" + std::to_string(entry.answer) + "\"}}";
      draft.links = {{LinkKind::causation, stamp(entry.answer)}};
      write(draft, "note.title", text("Short "));
      break;
    case Entry::Kind::deletion:
      write(draft, std::string(deleted_attribute).c_str(), Value::boolean(true));
      break;
  }
  return draft;
}

Archive::Archive() {
  const std::uint64_t wanted = events_wanted();
  const auto begun = std::chrono::steady_clock::now();
  ReplicaOptions options;
  options.node = node;
  Replica replica = Replica::create(path(), "archive", options);
  std::mt19937 random(1);
  std::vector<Replica::Dated> batch;
  const auto commit = [&] {
    const auto stamps = replica.change_at(batch);
    REQUIRE(stamps);
    REQUIRE(stamps->back() == stamp(std::uint32_t(entries_.size() - 1)));
    batch.clear();
  };
  const std::int64_t step_ms = year_ms / std::int64_t(wanted / 2 + 1);
  while (events_ < wanted) {
    const auto number = std::uint32_t(entries_.size());
    Entry entry;
    entry.ms = begin_ms + step_ms * number;
    entry.note = std::uint32_t(random() % (wanted / 10));
    const std::uint32_t place = number % import_every;
    const auto kind = std::uint32_t(random() % 100);
    if (place < import_size) {
      entry.kind = Entry::Kind::import;
      entry.author = importer;
      entry.group = number - place;
    } else if (kind < 2 && entries_.back().kind == Entry::Kind::edit) {
      entry.kind = Entry::Kind::suggestion;
      entry.answer = number - 1;
      entry.note = entries_.back().note;
      entry.author = entries_.back().author;
    } else {
      if (kind == 2) entry.kind = Entry::Kind::deletion;
      // Eve writes one change in fifty, the others share the rest.
      entry.author = kind < 4 ? 4 : std::uint8_t(random() % 4);
    }
    entries_.push_back(entry);
    batch.push_back({draft(number), entry.ms});
    events_ += batch.back().draft.writes.size();
    if (batch.size() == changes_a_commit) commit();
  }
  if (!batch.empty()) commit();
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begun;
  MESSAGE(events_ << " events, " << entries_.size() << " changes in " << seconds.count() << " s");
}

const Archive& archive() {
  static const Archive made;
  return made;
}

}  // namespace tidemark::test
