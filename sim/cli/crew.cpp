#include "sim/cli/crew.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>
#include <ctime>
#include <new>

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/cli/files.h"
#include "sim/cli/verb.h"
#include "sim/process.h"

namespace tidemark::sim::cli {
namespace {

constexpr std::chrono::minutes run_max{5};  // a run takes a fraction of a second

}  // namespace

struct Crew::Shared {
  struct Member {
    std::atomic<std::uint64_t> run{0};  // the number of the run that is under way, plus 1
    std::array<Totals, crew_profiles_max> totals;
  };
  std::atomic<std::uint64_t> next{0};
  std::atomic<std::uint64_t> done{0};
  std::atomic<bool> stop{false};
  std::array<Member, crew_jobs_max> members;
};

Crew::Crew(const CrewPlan& plan)
    : plan_(plan), parent_(::getpid()), members_(plan.jobs), deaths_(plan.profiles.size()) {
  static_assert(std::atomic<std::uint64_t>::is_always_lock_free, "processes share it");
  void* memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED || ::pipe2(pipe_, O_CLOEXEC) != 0)
    throw Refusal{exit_file, std::string("cannot start processes: ") + std::strerror(errno)};
  ::fcntl(pipe_[0], F_SETFL, O_NONBLOCK);
  shared_ = new (memory) Shared;
  prepare_process();
  for (std::size_t i = 0; i < members_.size(); ++i) start(i);
}

Crew::~Crew() {
  for (const Member& member : members_) {
    if (member.process < 0) continue;
    ::kill(member.process, SIGKILL);
    ::waitpid(member.process, nullptr, 0);
  }
  for (const int end : pipe_) ::close(end);
  shared_->~Shared();
  ::munmap(shared_, sizeof(Shared));
}

void Crew::start(std::size_t member) {
  const pid_t process = ::fork();
  if (process < 0) throw Refusal{exit_file, std::string("cannot start a process: ") + std::strerror(errno)};
  if (process == 0) work(member);
  members_[member] = {process, 0, std::chrono::steady_clock::now()};
}

// --- in the processes ------------------------------------------------------------------------------------------------

void Crew::work(std::size_t member) {
  // A key pressed at the terminal reaches every process; the parent decides what it means.
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGTERM, SIG_IGN);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  try {
    while (!shared_->stop && ::getppid() == parent_) {
      const std::uint64_t number = shared_->next++;
      if (plan_.seeds != 0 && number >= plan_.seeds) break;
      run_one(member, number);
    }
  } catch (const Refusal& refusal) {
    Broken broken;
    broken.what = refusal.message;
    send(std::move(broken));
    ::_exit(exit_file);
  }
  ::_exit(exit_clean);
}

void Crew::run_one(std::size_t member, std::uint64_t number) {
  Shared::Member& own = shared_->members[member];
  own.run = number + 1;
  const std::size_t at = number % plan_.profiles.size();
  const std::string& profile = plan_.profiles[at];
  const std::uint64_t seed = plan_.first + number;
  const std::clock_t before = std::clock();
  const RunReport report = run(seed, *Profile::named(profile, seed));
  own.totals[at].seconds += double(std::clock() - before) / CLOCKS_PER_SEC;
  own.totals[at].add(report);
  if (report.invariant) {
    send(broken_of(profile, report, plan_.tapes.empty() ? "" : keep_tape(plan_.tapes, report)));
  }
  own.run = 0;
  ++shared_->done;
}

void Crew::send(Broken broken) const {
  std::string line = broken.to_json() + "\n";
  // Up to this size a line arrives in one piece, whoever else writes.
  while (line.size() > PIPE_BUF && !broken.what.empty()) {
    broken.what.resize(broken.what.size() / 2);
    line = broken.to_json() + "\n";
  }
  while (::write(pipe_[1], line.data(), line.size()) < 0 && errno == EINTR) continue;
}

// --- in the parent ---------------------------------------------------------------------------------------------------

std::vector<Broken> Crew::wait(int ms) {
  std::vector<Broken> found;
  pollfd readable{pipe_[0], POLLIN, 0};
  ::poll(&readable, 1, ms);
  kill_stuck();
  bury(found);
  receive(found);  // last: what was said before a death is there
  return found;
}

void Crew::receive(std::vector<Broken>& found) {
  char bytes[4096];
  for (ssize_t count = 0; (count = ::read(pipe_[0], bytes, sizeof bytes)) > 0;)
    received_.append(bytes, std::size_t(count));
  for (std::size_t end = 0; (end = received_.find('\n')) != std::string::npos; received_.erase(0, end + 1)) {
    Broken broken = Broken::parse(std::string_view(received_).substr(0, end));
    if (broken.invariant.empty()) throw Refusal{exit_file, broken.what};
    found.push_back(std::move(broken));
  }
}

void Crew::bury(std::vector<Broken>& found) {
  for (std::size_t i = 0; i < members_.size(); ++i) {
    int status = 0;
    if (members_[i].process < 0 || ::waitpid(members_[i].process, &status, WNOHANG) <= 0) continue;
    members_[i].process = -1;
    if (!WIFSIGNALED(status)) continue;
    if (shared_->members[i].run != 0) found.push_back(death(i, WTERMSIG(status)));
    if (!shared_->stop) start(i);
  }
}

Broken Crew::death(std::size_t member, int signal) {
  const std::uint64_t number = shared_->members[member].run.exchange(0) - 1;
  const std::size_t profile = number % plan_.profiles.size();
  ++deaths_[profile].runs;
  ++deaths_[profile].violations;
  ++shared_->done;
  Broken broken;
  broken.profile = plan_.profiles[profile];
  broken.seed = plan_.first + number;
  broken.invariant = "signal";
  broken.what = "its process died by signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")";
  if (members_[member].run == UINT64_MAX) broken.what = "it did not end within 5 minutes";
  return broken;
}

void Crew::kill_stuck() {
  const auto now = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < members_.size(); ++i) {
    Member& member = members_[i];
    const std::uint64_t run = shared_->members[i].run;
    if (member.run != run && member.run != UINT64_MAX) {
      member.run = run;
      member.since = now;
    } else if (member.process >= 0 && run != 0 && now - member.since > run_max && member.run != UINT64_MAX) {
      member.run = UINT64_MAX;  // killed for that
      ::kill(member.process, SIGKILL);
    }
  }
}

void Crew::stop() { shared_->stop = true; }

bool Crew::over() const {
  return std::all_of(members_.begin(), members_.end(), [](const Member& member) { return member.process < 0; });
}

std::uint64_t Crew::runs() const { return shared_->done; }

Totals Crew::totals(std::size_t profile) const {
  Totals all = deaths_[profile];
  for (std::size_t i = 0; i < members_.size(); ++i) all.add(shared_->members[i].totals[profile]);
  return all;
}

}  // namespace tidemark::sim::cli
