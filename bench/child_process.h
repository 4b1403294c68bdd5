// ChildProcess: a program of its own beside the benchmark, such as a relay.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace tidemark::bench {

class ChildProcess {
 public:
  // Starts the program and waits for the first line of its output; stderr goes to where ours goes. Throws
  // std::runtime_error if it ends before.
  explicit ChildProcess(const std::vector<std::string>& command);
  // Kills it, if it still runs.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  const std::string& first_line() const { return first_line_; }
  double resident_kib() const;  // its memory now
  double cpu_s() const;         // its processor time so far, in steps of 10 ms
  // SIGTERM, and waits. The exit status, or 128 and the signal.
  int stop();

 private:
  pid_t pid_ = -1;
  int out_ = -1;
  std::string first_line_;
};

}  // namespace tidemark::bench
