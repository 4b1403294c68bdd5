#include "bench/bench.h"

#include <filesystem>

namespace tidemark::bench {

std::vector<std::uint64_t> Bench::sizes(std::initializer_list<std::uint64_t> ascending) const {
  std::vector<std::uint64_t> fit;
  for (const std::uint64_t size : ascending) {
    if (fit.empty() || size <= options_.size_max) fit.push_back(size);
  }
  return fit;
}

std::string Bench::fresh_path(const std::string& name) {
  return options_.folder + '/' + std::to_string(++paths_) + '-' + name;
}

void Bench::remove(const std::string& path) {
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) std::filesystem::remove_all(path + suffix);
}

void Bench::progress(const std::string& text) const {
  if (options_.progress) options_.progress(text);
}

void Bench::add(Measure measure) {
  measures_.push_back(std::move(measure));
  if (options_.measured) options_.measured(measures_.back());
}

void require(bool right, const std::string& what) {
  if (!right) throw std::runtime_error("wrong outcome: " + what);
}

}  // namespace tidemark::bench
