// Crew: processes that share the seeds of a soak, so that all cores work and a run that kills its process is one
// violation of many instead of the end.
//
// The processes and their parent share a piece of memory: the next seed to take, and each one's seed and totals. What
// breaks comes through a pipe. One that dies by a signal is replaced; one whose run does not end is killed.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sim/cli/telling.h"
#include "sim/totals.h"

namespace tidemark::sim::cli {

inline constexpr std::size_t crew_jobs_max = 256;
inline constexpr std::size_t crew_profiles_max = 16;

struct CrewPlan {
  std::vector<std::string> profiles;  // taken in turn: the n-th run is of the seed first + n
  std::uint64_t first = 1;
  std::uint64_t seeds = 0;  // how many; 0: until stopped
  std::size_t jobs = 1;
  std::string tapes;  // folder, or empty
};

class Crew {
 public:
  explicit Crew(const CrewPlan& plan);  // starts the processes; Refusal if it cannot
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;
  ~Crew();  // kills those that are left

  // Waits for at most so long, and gives what broke in the meantime. Refusal if a process could not write its tape.
  std::vector<Broken> wait(int ms);
  // Nobody starts another seed.
  void stop();
  bool over() const;  // all processes have ended
  std::uint64_t runs() const;
  Totals totals(std::size_t profile) const;  // exact once it is over

 private:
  struct Shared;
  struct Member {
    pid_t process = -1;     // none
    std::uint64_t run = 0;  // since when it is at this one
    std::chrono::steady_clock::time_point since;
  };

  void start(std::size_t member);
  [[noreturn]] void work(std::size_t member);
  void run_one(std::size_t member, std::uint64_t number);
  void send(Broken broken) const;
  void receive(std::vector<Broken>& found);
  void bury(std::vector<Broken>& found);
  void kill_stuck();
  Broken death(std::size_t member, int signal);

  const CrewPlan plan_;
  Shared* shared_ = nullptr;
  pid_t parent_;
  int pipe_[2] = {-1, -1};
  std::string received_;
  std::vector<Member> members_;
  std::vector<Totals> deaths_;  // by profile
};

}  // namespace tidemark::sim::cli
