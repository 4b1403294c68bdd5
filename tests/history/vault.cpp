#include "tests/history/vault.h"

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>

namespace tidemark::test {
namespace {

std::string unpacked(const std::string& name) {
  const char* const shared = std::getenv("TIDEMARK_SHARED");
  if (shared == nullptr) return {};
  const std::string command = "gzip -dc '" + std::string(shared) + "/data/" + name + "' 2>/dev/null";
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  REQUIRE(pipe);
  std::string all;
  std::vector<char> buffer(1 << 16);
  for (std::size_t size; (size = std::fread(buffer.data(), 1, buffer.size(), pipe.get())) > 0;)
    all.append(buffer.data(), size);
  return all;
}

template <class Visit>
void for_each_line(std::string_view text, const Visit& visit) {
  for (std::size_t end; (end = text.find('\n')) != text.npos; text.remove_prefix(end + 1)) visit(text.substr(0, end));
}

// What stands between two marks; the members of a line have a fixed order.
std::string between(std::string_view line, std::string_view open, std::string_view close) {
  const std::size_t begin = line.find(open) + open.size();
  return std::string(line.substr(begin, line.find(close, begin) - begin));
}

std::size_t number(const std::string& digits) { return std::strtoull(digits.c_str(), nullptr, 10); }

Commit read_commit(std::string_view line) {
  Commit commit;
  commit.device = between(line, "\"device\":\"", "\"");
  commit.t = std::int64_t(number(between(line, "\"t\":", "}")));
  std::string parents = between(line, "\"parents\":[", "]");
  while (!parents.empty()) {
    commit.parents.push_back(number(parents));
    parents.erase(0, parents.find(',') == parents.npos ? parents.size() : parents.find(',') + 1);
  }
  return commit;
}

Write read_write(std::string_view line) {
  constexpr std::string_view open = ",\"value\":";
  const std::size_t value_at = line.find(open) + open.size();
  const std::string_view value = line.substr(value_at, line.rfind(",\"seq\":") - value_at);
  return {{between(line, "\"entity\":\"", "\""), between(line, "\"attribute\":\"", "\"")}, *Value::from_json(value)};
}

}  // namespace

Vault Vault::read() {
  Vault vault;
  for_each_line(unpacked("notes-dag.jsonl.gz"), [&](std::string_view line) {
    REQUIRE(number(between(line, "\"commit\":", ",")) == vault.commits.size());
    vault.commits.push_back(read_commit(line));
  });
  std::size_t place = 0;
  for_each_line(unpacked("notes-history.jsonl.gz"), [&](std::string_view line) {
    constexpr std::string_view open = ",\"commit\":";
    Commit& commit = vault.commits.at(number(std::string(line.substr(line.rfind(open) + open.size()))));
    commit.writes.push_back(read_write(line));
    commit.places.push_back(place++);
  });
  vault.cut_into_lines();
  vault.find_ancestors();
  return vault;
}

// Of several commits with one first parent the first goes on with its line, and each other one begins a line.
void Vault::cut_into_lines() {
  std::vector<bool> goes_on(commits.size(), false);
  for (Commit& commit : commits) {
    const bool begins = commit.parents.empty() || goes_on[commit.parents[0]];
    commit.line = begins ? lines++ : commits[commit.parents[0]].line;
    if (!begins) goes_on[commit.parents[0]] = true;
  }
}

void Vault::find_ancestors() {
  for (std::size_t i = 0; i < commits.size(); ++i) {
    std::vector<bool> seen(commits.size(), false);
    seen[i] = true;
    for (const std::size_t parent : commits[i].parents) {
      REQUIRE(parent < i);
      for (std::size_t j = 0; j <= parent; ++j) {
        if (ancestors_[parent][j]) seen[j] = true;
      }
    }
    ancestors_.push_back(std::move(seen));
  }
}

}  // namespace tidemark::test
