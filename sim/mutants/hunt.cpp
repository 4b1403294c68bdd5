#include "sim/mutants/hunt.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "sim/process.h"
#include "sim/run.h"
#include "sim/shrink.h"

namespace tidemark::sim {
namespace {

constexpr unsigned hang_seconds = 300;  // for one run; the longest that ended took half a minute
constexpr std::array<const char*, 2> profiles{"swarm", "crash"};

// Number `index` of the runs of a hunt, counted from 0.
std::string profile_of(std::uint64_t index) { return profiles[index % profiles.size()]; }
std::uint64_t seed_of(std::uint64_t index) { return index / profiles.size() + 1; }

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// --- in the child -----------------------------------------------------------------------------------------------------

// What the parent still sees when the child dies.
struct Progress {
  std::uint64_t runs;
};

void say(std::FILE* report, const nlohmann::json& message) {
  const std::string line = message.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  std::fwrite(line.data(), 1, line.size(), report);
  std::fflush(report);
}

void shrink_and_say(std::FILE* report, const Tapes& tapes, double seconds) {
  alarm(hang_seconds);
  const auto start = std::chrono::steady_clock::now();
  ShrinkBudget budget;
  // A run without agreement can take seconds: stop while a longer one and the last replay still fit.
  double before = 0;
  double longest = 0;
  budget.stop = [&] { return seconds_since(start) + 3 * longest > seconds; };
  budget.progress = [&](std::uint64_t, std::size_t) {
    alarm(hang_seconds);
    const double now = seconds_since(start);
    longest = std::max(longest, now - std::exchange(before, now));
  };
  const Shrunk shrunk = shrink(tapes, budget);
  say(report, {{"reproducible", shrunk.reproducible},
               {"seconds", seconds_since(start)},
               {"runs", shrunk.runs},
               {"operations", shrunk.report.operations},
               {"faults", shrunk.report.fault_total()},
               {"steps", shrunk.report.steps},
               {"tape", shrunk.tapes.to_text()}});
}

// Writes a line about the violation, if there is one, and with `shrinking` another one about what is left of it.
void hunt_one(Mutant mutant, const HuntOptions& options, std::FILE* out, Progress& progress) {
  active_mutant = mutant;
  for (std::uint64_t index = 0; index < options.seeds; ++index) {
    progress.runs = index + 1;
    alarm(hang_seconds);
    try {
      const RunReport report = run(seed_of(index), *Profile::named(profile_of(index), seed_of(index)));
      if (!report.invariant) continue;
      say(out, {{"invariant", *report.invariant}, {"what", report.what}});
      if (options.shrink) shrink_and_say(out, report.tapes, options.shrink_seconds);
    } catch (const std::exception& exception) {
      say(out, {{"invariant", "exception"}, {"what", exception.what()}});
    }
    return;
  }
}

// --- in the parent ----------------------------------------------------------------------------------------------------

struct Child {
  std::size_t index = 0;        // in the list of mutants
  std::FILE* report = nullptr;  // a pipe would block a child whose parent waits for its end
  Progress* progress = nullptr;
};

std::string read_all(std::FILE* file) {
  std::string text;
  std::array<char, 4096> buffer;
  std::rewind(file);
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), file)) text.append(buffer.data(), got);
  std::fclose(file);
  return text;
}

void read_remains(const std::string& line, Remains& remains) {
  const nlohmann::json left = nlohmann::json::parse(line);
  remains.known = true;
  remains.reproducible = left.at("reproducible");
  remains.seconds = left.at("seconds");
  remains.runs = left.at("runs");
  remains.operations = left.at("operations");
  remains.faults = left.at("faults");
  remains.steps = left.at("steps");
  remains.tape = left.at("tape");
}

Found result_of(const KnownMutant& mutant, const Child& child, int status) {
  Found found;
  found.mutant = mutant;
  found.seeds = child.progress->runs;
  found.profile = profile_of(found.seeds - 1);
  found.seed = seed_of(found.seeds - 1);
  const std::string text = read_all(child.report);
  const std::size_t end = text.find('\n');
  if (end != std::string::npos) {
    const nlohmann::json violation = nlohmann::json::parse(text.substr(0, end));
    found.found = true;
    found.invariant = violation.at("invariant");
    found.what = violation.at("what");
    if (end + 1 < text.size()) read_remains(text.substr(end + 1), found.remains);
  } else if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    found.found = true;
    found.invariant = signal == SIGALRM ? "hang" : "signal";
    found.what = signal == SIGALRM ? "one run took more than five minutes" : strsignal(signal);
  }
  return found;
}

pid_t begin(const KnownMutant& mutant, const HuntOptions& options, Child& child) {
  child.report = std::tmpfile();
  if (!child.report) throw std::runtime_error("a temporary file could not be made");
  void* shared = mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) throw std::runtime_error("memory could not be shared");
  child.progress = new (shared) Progress{};
  const pid_t pid = fork();
  if (pid < 0) throw std::runtime_error("a process could not be made");
  if (pid == 0) {
    prepare_process();
    hunt_one(mutant.mutant, options, child.report, *child.progress);
    _exit(0);
  }
  return pid;
}

}  // namespace

std::vector<Found> hunt(const std::vector<KnownMutant>& mutants, const HuntOptions& options,
                        const std::function<void(const Found&)>& told) {
  std::vector<Found> all(mutants.size());
  std::map<pid_t, Child> children;
  std::size_t next = 0;
  while (next < mutants.size() || !children.empty()) {
    while (next < mutants.size() && children.size() < options.jobs) {
      Child child;
      child.index = next;
      const pid_t pid = begin(mutants[next++], options, child);
      children.emplace(pid, child);
    }
    int status = 0;
    const auto ended = children.extract(wait(&status));
    if (ended.empty()) throw std::runtime_error("a process was lost");
    const Child& child = ended.mapped();
    all[child.index] = result_of(mutants[child.index], child, status);
    munmap(child.progress, sizeof(Progress));
    told(all[child.index]);
  }
  return all;
}

}  // namespace tidemark::sim
