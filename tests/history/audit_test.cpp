// The four questions of an audit, each one call and one command, on a file of a million events.
//
// What is asserted is what is found and how many rows it takes; times are printed.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>

#include "tests/history/archive.h"

using namespace tidemark;
using namespace tidemark::test;

namespace {

constexpr std::int64_t week_ms = std::int64_t(7) * 86'400'000;

double ms_of(const std::function<void()>& work) {
  const auto begun = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count();
}

// A row of an answer as text, for comparing.
std::string line(const Stamp& stamp, const std::string& entity, const std::string& attribute, const Value& value) {
  return to_string(stamp) + " " + entity + " " + attribute + " " + value.to_json() + "\n";
}

std::string lines(const store::AuditPage& page) {
  std::string text;
  for (const store::HistoryRow& row : page.rows)
    text += line(row.stamp, row.event.cell.entity, row.event.cell.attribute, row.event.value);
  return text;
}

// What the list says should be found, the newest first: of these changes, these attributes. The events of a change ascend,
// but descend where attributes are asked for: then the index leads to events and not to changes.
std::string listed(const std::function<bool(std::uint32_t)>& fits, const std::string& attributes = "") {
  std::string text;
  for (auto number = std::uint32_t(archive().entries().size()); number-- > 0;) {
    if (!fits(number)) continue;
    std::vector<Write> writes = archive().draft(number).writes;
    std::sort(writes.begin(), writes.end(), [](const Write& a, const Write& b) { return a.cell < b.cell; });
    if (!attributes.empty()) std::reverse(writes.begin(), writes.end());
    for (const Write& write : writes) {
      if (!attributes.empty() && !means_attribute(attributes, write.cell.attribute)) continue;
      text += line(archive().stamp(number), write.cell.entity, write.cell.attribute, write.value);
    }
  }
  return text;
}

// The file with its index.
Replica& asked() {
  static Replica replica = [] {
    const auto bytes = [] { return std::filesystem::file_size(archive().path()); };
    const auto bytes_before = bytes();
    store::AuditQuery nobody;
    nobody.author = "nobody";
    double made_ms = 0;
    {
      Replica first = Replica::open(archive().path());
      made_ms = ms_of([&] { first.audit(nobody); });
    }
    MESSAGE("index: made in " << made_ms << " ms; the file had " << bytes_before / archive().events()
                              << " B an event and has " << bytes() / archive().events() << " now");
    return Replica::open(archive().path());
  }();
  return replica;
}

std::string printed(const std::string& arguments) {
  const std::string command = std::string(TIDEMARK_PROGRAM) + " audit " + archive().path() + " " + arguments;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string text;
  char buffer[65536];
  while (const std::size_t size = std::fread(buffer, 1, sizeof buffer, pipe.get())) text.append(buffer, size);
  return text;
}

struct Question {
  std::string what;
  store::AuditQuery query;
  std::string flags;
  std::function<bool(std::uint32_t)> fits;
  std::uint64_t rows_more;  // that may be read beside those of the answer
};

void ask(const Question& question) {
  CAPTURE(question.what);
  Replica& replica = asked();
  store::AuditPage page;
  const double call_ms = ms_of([&] { page = replica.audit(question.query); });
  const std::string expected = listed(question.fits);
  REQUIRE(!expected.empty());
  CHECK(lines(page) == expected);
  CHECK(!page.next);
  // A row of the index and one of the log each, and the row that ends a change.
  CHECK(page.rows_read <= 3 * page.rows.size() + question.rows_more);
  std::string output;
  const double command_ms = ms_of([&] { output = printed(question.flags); });
  CHECK(std::size_t(std::count(output.begin(), output.end(), '\n')) == page.rows.size());
  CHECK(output.find(to_string(page.rows.front().stamp)) < output.find('\n'));
  MESSAGE(question.what << ": " << page.rows.size() << " events, " << page.rows_read << " rows read, a call " << call_ms
                        << " ms, a command " << command_ms << " ms");
}

std::uint32_t last_of(Entry::Kind kind) {
  const auto& entries = archive().entries();
  const auto found =
      std::find_if(entries.rbegin(), entries.rend(), [&](const Entry& entry) { return entry.kind == kind; });
  REQUIRE(found != entries.rend());
  return std::uint32_t(entries.rend() - found - 1);
}

const Entry& entry(std::uint32_t number) { return archive().entries()[number]; }

}  // namespace

TEST_CASE("who deleted a note of a large file") {
  const std::uint32_t note = entry(last_of(Entry::Kind::deletion)).note;
  Question who{"who deleted it", {}, "--entity " + Archive::note(note) + " --deletions", {}, 50};
  who.query.entity = Archive::note(note);
  who.query.deletions = true;
  who.fits = [&](std::uint32_t n) { return entry(n).note == note && entry(n).kind == Entry::Kind::deletion; };
  ask(who);
}

TEST_CASE("what an author changed last week in a large file") {
  const auto& entries = archive().entries();
  const std::int64_t to_ms = entries.back().ms;
  const std::int64_t from_ms = to_ms - week_ms;
  const auto time = [](std::int64_t ms) { return to_string(Stamp{std::uint64_t(ms), 0, {}}).substr(0, 24); };
  Question what{
      "what eve changed last week", {}, "--author eve --since " + time(from_ms) + " --until " + time(to_ms), {}, 50};
  what.query.author = "eve";
  what.query.from_ms = from_ms;
  what.query.to_ms = to_ms;
  what.query.limit = 1000;
  what.fits = [&](std::uint32_t n) { return entry(n).author == 4 && entry(n).ms >= from_ms; };
  ask(what);
}

TEST_CASE("what an import did to a large file") {
  const std::uint32_t group = entry(last_of(Entry::Kind::import)).group;
  Question what{"what an import did", {}, "--correlation " + to_string(archive().stamp(group)), {}, 50};
  what.query.correlation = archive().stamp(group);
  what.query.limit = 1000;
  what.fits = [&](std::uint32_t n) { return entry(n).kind == Entry::Kind::import && entry(n).group == group; };
  ask(what);
}

TEST_CASE("why an assistant suggested something in a large file") {
  const std::uint32_t number = last_of(Entry::Kind::suggestion);
  const std::uint32_t note = entry(number).note;
  Question why{"why the assistant suggested it", {}, "--entity " + Archive::note(note) + " --meta-key ai", {}, 50};
  why.query.entity = Archive::note(note);
  why.query.metadata_key = "ai";
  why.fits = [&](std::uint32_t n) { return entry(n).note == note && entry(n).kind == Entry::Kind::suggestion; };
  ask(why);
  const store::HistoryRow row = asked().audit(why.query).rows.front();
  CHECK(row.metadata == archive().draft(number).metadata);
  CHECK(row.links == std::vector<Link>{{LinkKind::causation, archive().stamp(entry(number).answer)}});
}

TEST_CASE("a page of a large file costs the same wherever it is") {
  struct Search {
    std::string what;
    store::AuditQuery query;
    std::function<bool(std::uint32_t)> fits;
    std::uint64_t rows_most;
  };
  std::vector<Search> searches(4);
  searches[0] = {"everything", {}, [](std::uint32_t) { return true; }, 650};
  searches[1] = {"of an author", {}, [](std::uint32_t n) { return entry(n).author == 0; }, 650};
  searches[1].query.author = Archive::author(0);
  searches[2] = {"of attributes", {}, searches[0].fits, 650};
  searches[2].query.attribute = "note.*";
  // Of two conditions that hold for many: which one for fewer is counted, up to 16,000 of each.
  const auto of_both = [](std::uint32_t n) { return entry(n).author == 0 && entry(n).kind == Entry::Kind::suggestion; };
  searches[3] = {"of an author and a source", {}, of_both, 45'000};
  searches[3].query.author = Archive::author(0);
  searches[3].query.source = "ai-agent";
  const auto changes = std::uint32_t(archive().entries().size());
  for (Search& search : searches) {
    CAPTURE(search.what);
    search.query.limit = 200;
    for (const std::uint32_t end : {changes, changes / 2, changes / 50}) {
      if (end < changes) search.query.after = store::AuditPlace{archive().stamp(end), 0};
      store::AuditPage page;
      const double ms = ms_of([&] { page = asked().audit(search.query); });
      const std::string expected =
          listed([&](std::uint32_t n) { return n < end && search.fits(n); }, search.query.attribute);
      CHECK(page.rows.size() >= (page.next ? search.query.limit : 1));
      CHECK(expected.starts_with(lines(page)));
      CHECK(page.next.has_value() == (lines(page).size() < expected.size()));
      CHECK(page.rows_read <= search.rows_most);
      MESSAGE("a page " << search.what << ": " << page.rows.size() << " events, " << page.rows_read << " rows read, "
                        << ms << " ms");
    }
  }
}
