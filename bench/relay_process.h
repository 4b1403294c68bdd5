// RelayProcess: the real tidemark-relay on a free loopback port, with a folder of its own.
#pragma once

#include <cstdint>
#include <string>

#include "bench/child_process.h"

namespace tidemark::bench {

// Of a server whose first line says where it listens.
std::string listening_url(const ChildProcess& process);

class RelayProcess {
 public:
  // `folder` is created if it does not exist.
  RelayProcess(const std::string& program, const std::string& folder);

  const std::string& url() const { return url_; }
  const std::string& folder() const { return folder_; }
  ChildProcess& process() { return process_; }
  // Of everything in the folder.

 private:
  std::string folder_;
  ChildProcess process_;
  std::string url_;
};

}  // namespace tidemark::bench
