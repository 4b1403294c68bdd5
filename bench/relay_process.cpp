#include "bench/relay_process.h"

#include <nlohmann/json.hpp>

namespace tidemark::bench {

std::string listening_url(const ChildProcess& process) {
  return "ws://" + nlohmann::json::parse(process.first_line()).at("listening").get<std::string>();
}

RelayProcess::RelayProcess(const std::string& program, const std::string& folder)
    : folder_(folder),
      process_({program, "--data", folder, "--listen", "127.0.0.1:0", "--log-level", "error"}),
      url_(listening_url(process_)) {}

}  // namespace tidemark::bench
