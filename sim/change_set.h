// ChangeSet: changes of a run, by the numbers that Written gives them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tidemark::sim {

class ChangeSet {
 public:
  bool has(std::uint32_t change) const { return change < bits_.size() && bits_[change]; }
  void add(std::uint32_t change) {
    if (change >= bits_.size()) bits_.resize(change + std::size_t{1});
    bits_[change] = true;
  }
  void add(const ChangeSet& others) {
    if (bits_.size() < others.bits_.size()) bits_.resize(others.bits_.size());
    for (std::size_t i = 0; i < others.bits_.size(); ++i) bits_[i] = bits_[i] || others.bits_[i];
  }
  void drop(std::uint32_t change) {
    if (change < bits_.size()) bits_[change] = false;
  }
  // Forgets what is not among the others. Gives how many that were.
  std::size_t keep(const ChangeSet& others) {
    const auto before = std::count(bits_.begin(), bits_.end(), true);
    bits_.resize(std::min(bits_.size(), others.bits_.size()));
    for (std::size_t i = 0; i < bits_.size(); ++i) bits_[i] = bits_[i] && others.bits_[i];
    return std::size_t(before - std::count(bits_.begin(), bits_.end(), true));
  }
  // More than the greatest number in it.
  std::uint32_t end() const { return static_cast<std::uint32_t>(bits_.size()); }

 private:
  std::vector<bool> bits_;
};

}  // namespace tidemark::sim
