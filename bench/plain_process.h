// PlainProcess: the plain server (plain_server.cpp) beside the relay, which lies where this program lies.
#pragma once

#include <string>

#include "bench/child_process.h"

namespace tidemark::bench {

class PlainProcess {
 public:
  // "echo"; "durable", with the path of a file that does not exist; "fan-out".
  explicit PlainProcess(const std::string& mode, const std::string& path = "");

  const std::string& url() const { return url_; }
  ChildProcess& process() { return process_; }

 private:
  ChildProcess process_;
  std::string url_;
};

}  // namespace tidemark::bench
