#include "bench/peers/line.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "bench/peers/need.h"

namespace tidemark::bench {

std::vector<Line> read_lines(const std::string& path) {
  std::ifstream in(path);
  std::vector<Line> lines;
  for (std::string text; std::getline(in, text);) {
    const nlohmann::json line = nlohmann::json::parse(text);
    lines.push_back({line["device"],
                     line["ms"],
                     {{line["entity"], line["attribute"]}, need(Value::from_json(line["value"].dump()))}});
  }
  return lines;
}

}  // namespace tidemark::bench
