// Wall: a wall clock that can be set, run fast or slow, and stand still.
#pragma once

#include <cstdint>
#include <optional>

namespace tidemark::sim {

// Where every clock stands when a run begins: 2026-11-18T08:53:20Z.
inline constexpr std::int64_t start_wall_ms = 1'794'992'000'000;

class Wall {
 public:
  // What it shows at this virtual time, ms since the Unix epoch.
  std::int64_t read(std::int64_t now_ms) const {
    if (frozen_ms_) return *frozen_ms_;
    const std::int64_t passed = now_ms - anchor_now_ms_;
    return anchor_wall_ms_ + passed + passed * drift_ppm_ / 1'000'000;
  }
  void step(std::int64_t now_ms, std::int64_t by_ms) {
    if (frozen_ms_) *frozen_ms_ += by_ms;
    anchor(now_ms);
    anchor_wall_ms_ += by_ms;
  }
  void set(std::int64_t now_ms, std::int64_t wall_ms) {
    if (frozen_ms_) frozen_ms_ = wall_ms;
    anchor_now_ms_ = now_ms;
    anchor_wall_ms_ = wall_ms;
  }
  void drift(std::int64_t now_ms, std::int64_t ppm) {
    anchor(now_ms);
    drift_ppm_ = ppm;
  }
  void freeze(std::int64_t now_ms) { frozen_ms_ = read(now_ms); }
  void thaw(std::int64_t now_ms) {
    if (!frozen_ms_) return;
    anchor_now_ms_ = now_ms;
    anchor_wall_ms_ = *frozen_ms_;
    frozen_ms_.reset();
  }
  bool frozen() const { return frozen_ms_.has_value(); }
  bool drifting() const { return drift_ppm_ != 0; }

 private:
  void anchor(std::int64_t now_ms) {
    const auto still = frozen_ms_;
    frozen_ms_.reset();
    anchor_wall_ms_ = read(now_ms);
    anchor_now_ms_ = now_ms;
    frozen_ms_ = still;
  }

  std::int64_t anchor_now_ms_ = 0;
  std::int64_t anchor_wall_ms_ = start_wall_ms;
  std::int64_t drift_ppm_ = 0;
  std::optional<std::int64_t> frozen_ms_;
};

}  // namespace tidemark::sim
