#include "bench/plain_process.h"

#include <filesystem>

#include "bench/relay_process.h"

namespace tidemark::bench {
namespace {

std::string program() {
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "tidemark-bench-plain").string();
}

}  // namespace

PlainProcess::PlainProcess(const std::string& mode, const std::string& path)
    : process_({program(), mode, path}), url_(listening_url(process_)) {}

}  // namespace tidemark::bench
