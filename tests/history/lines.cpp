#include "tests/history/lines.h"

#include <doctest/doctest.h>

#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>

#include "client/seal.h"
#include "tests/support/counting_vfs.h"
#include "tests/support/temp_dir.h"

namespace tidemark::test {
namespace {

// Files whose syncs are not waited for: no power is cut here.
const std::string& fast_vfs() {
  static CountingVfs vfs("lines");
  vfs.skips_syncs = true;
  vfs.keeps_log = false;
  return vfs.name();
}

// The commit with writes, along first parents, from whose replica a line that begins with this commit takes its copy.
std::optional<std::size_t> origin_of(const Vault& vault, std::size_t begin) {
  std::size_t at = begin;
  do {
    if (vault.commits[at].parents.empty()) return std::nullopt;
    at = vault.commits[at].parents[0];
  } while (vault.commits[at].writes.empty());
  return at;
}

// The replica of a line, and what it holds.
struct Line {
  std::string path;
  std::int64_t wall_ms = 0;
  std::optional<Replica> replica;
  std::vector<bool> holds;  // by commit

  ~Line() {
    replica.reset();
    std::error_code ignored;
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path + suffix, ignored);
  }
};

class Writer {
 public:
  Writer(const Vault& vault, const Seen& seen)
      : vault_(vault), seen_(seen), bundles_(vault.commits.size()), waiting_(vault.commits.size()) {
    std::vector<bool> begun(vault.lines, false);
    std::vector<std::size_t> begins(vault.lines);
    last_.resize(vault.lines);
    for (std::size_t i = 0; i < vault.commits.size(); ++i) {
      const Commit& commit = vault.commits[i];
      if (!begun[commit.line]) begins[commit.line] = i;
      begun[commit.line] = true;
      if (!commit.writes.empty()) last_[commit.line] = i;
    }
    for (std::size_t line = 0; line < vault.lines; ++line) {
      if (!last_[line]) continue;
      const std::optional<std::size_t> origin = origin_of(vault, begins[line]);
      if (origin)
        waiting_[*origin].push_back(line);
      else
        begin(line);
    }
  }

  Bundles write_all() {
    for (const std::size_t commit : writing_commits(vault_)) {
      Line& line = *lines_.at(vault_.commits[commit].line);
      bring_ancestors(line, commit);
      write(line, commit);
      seen_(commit, stamp_of(bundles_, commit), *line.replica);
      for (const std::size_t other : waiting_[commit]) copy(line, other);
      if (last_[vault_.commits[commit].line] == commit) lines_.erase(vault_.commits[commit].line);
    }
    return std::move(bundles_);
  }

 private:
  ReplicaOptions options(Line& line, std::size_t number) {
    const NodeId node{number + 1};
    ReplicaOptions options;
    options.vfs = fast_vfs();
    options.node = node;
    options.wall_clock = [&line] { return line.wall_ms; };
    options.random = [node](void* out, std::size_t size) {
      REQUIRE(size == sizeof node.value);  // a copy takes its node
      std::memcpy(out, &node.value, size);
    };
    return options;
  }

  Line& make(std::size_t number) {
    auto& line = lines_[number];
    line = std::make_unique<Line>();
    line->path = folder_ / std::to_string(number);
    return *line;
  }

  void begin(std::size_t number) {
    Line& line = make(number);
    line.holds.resize(vault_.commits.size(), false);
    line.replica = Replica::create(line.path, "vault", options(line, number));
  }

  void copy(const Line& from, std::size_t number) {
    Line& line = make(number);
    line.holds = from.holds;
    // All that a backup does, without reading each page on its own.
    for (const char* suffix : {"", "-wal"}) std::filesystem::copy_file(from.path + suffix, line.path + suffix);
    line.replica = Replica::open(line.path, options(line, number));
    line.replica->store().begin_fork(NodeId{number + 1});
  }

  void bring_ancestors(Line& line, std::size_t commit) {
    std::vector<store::Arrival> missing;
    bool too_much = false;
    for (std::size_t i = 0; i < commit; ++i) {
      if (!vault_.saw(commit, i)) {
        too_much = too_much || line.holds[i];
      } else if (!line.holds[i]) {
        missing.insert(missing.end(), bundles_[i].begin(), bundles_[i].end());
        line.holds[i] = true;
      }
    }
    REQUIRE(!too_much);
    if (!missing.empty()) line.replica->store().apply(missing, std::nullopt);
  }

  void write(Line& line, std::size_t commit) {
    line.wall_ms = vault_.commits[commit].t;
    line.holds[commit] = true;
    Draft draft;
    draft.writes = vault_.commits[commit].writes;
    draft.metadata.author = vault_.commits[commit].device;
    write(line, commit, std::move(draft));
  }

  void write(Line& line, std::size_t commit, Draft draft) {
    const Result<Stamp> stamp = line.replica->change(draft);
    if (!stamp) {
      REQUIRE(stamp.error().code == "change_too_large");
      Draft rest = draft;
      const auto middle = static_cast<std::ptrdiff_t>(draft.writes.size() / 2);
      draft.writes.erase(draft.writes.begin() + middle, draft.writes.end());
      rest.writes.erase(rest.writes.begin(), rest.writes.begin() + middle);
      write(line, commit, std::move(draft));
      write(line, commit, std::move(rest));
      return;
    }
    store::Store& store = line.replica->store();
    REQUIRE(seal_next(store, store.node()));
    const std::uint64_t n = store.head(store.node()).n;
    store::Arrival bundle;
    bundle.kind = store::Arrival::Kind::bundle;
    bundle.row = store.bundle(store.node(), n).value();
    bundle.changes = store.read_bundle(store.node(), n);
    REQUIRE(bundle.changes.size() == 1);
    bundles_[commit].push_back(std::move(bundle));
  }

  const Vault& vault_;
  const Seen& seen_;
  Bundles bundles_;
  std::vector<std::vector<std::size_t>> waiting_;  // the lines that begin with a copy, by commit
  std::vector<std::optional<std::size_t>> last_;   // the last commit with writes, by line
  TempDir folder_;
  std::map<std::size_t, std::unique_ptr<Line>> lines_;
};

}  // namespace

Bundles write_lines(const Vault& vault, const Seen& seen) { return Writer(vault, seen).write_all(); }

Stamp stamp_of(const Bundles& bundles, std::size_t commit) { return bundles[commit].back().changes[0].stamp; }

Replica gather(const Bundles& bundles, const std::vector<std::size_t>& order) {
  ReplicaOptions options;
  options.node = NodeId{UINT64_MAX};
  Replica replica = Replica::create(":memory:", "vault", options);
  std::vector<store::Arrival> batch;
  for (const std::size_t commit : order) {
    batch.insert(batch.end(), bundles[commit].begin(), bundles[commit].end());
    if (batch.size() >= 50 || commit == order.back()) {
      replica.store().apply(batch, std::nullopt);
      batch.clear();
    }
  }
  return replica;
}

std::vector<std::size_t> writing_commits(const Vault& vault) {
  std::vector<std::size_t> writing;
  for (std::size_t i = 0; i < vault.commits.size(); ++i) {
    if (!vault.commits[i].writes.empty()) writing.push_back(i);
  }
  return writing;
}

}  // namespace tidemark::test
