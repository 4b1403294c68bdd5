// Tapes: every decision of a run, written down, so that the run can be played again and made smaller.
//
// A seed cannot be shrunk: the smallest change of it reshuffles everything. So a run draws each decision through a
// Chooser, which writes it to one of five tapes, divided by step. Every draw is ordered benign-first: 0 means no fault,
// no delay, the plainest operation. Removing a step, or lowering a number, makes a run simpler; where a tape ends, the
// answer is 0.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crdt/error.h"
#include "sim/profile.h"
#include "sim/random.h"

namespace tidemark::sim {

enum class Tape : std::uint8_t {
  workload,  // what users do
  schedule,  // how time passes between, and who is late
  network,   // delays, cuts, partitions
  disk,      // failing calls, and what a power loss leaves
  clock      // clocks, crashes, copies, restores, and the hostile peer
};
inline constexpr std::size_t tape_count = 5;
const char* name_of(Tape tape);

struct Tapes {
  struct Step {
    std::array<std::vector<std::uint32_t>, tape_count> draws;
    friend bool operator==(const Step& a, const Step& b) { return a.draws == b.draws; }
  };
  std::uint64_t seed = 0;  // of what no tape decides: the ids of nodes and logs
  Profile profile;
  std::vector<Step> steps;
  std::string invariant;  // what it broke when it was written; empty if nothing
  std::string note;       // a sentence for people

  // One line a fact: "tidemark-tape 1", then note, breaks, seed and profile, then "step N" followed by a line for each tape
  // that is not empty, its name and its numbers. Parsing takes any bytes: bad_tape names the line.
  std::string to_text() const;
  static Result<Tapes> parse(std::string_view text);
};

class Chooser {
 public:
  explicit Chooser(std::uint64_t seed);  // draws at random and records
  explicit Chooser(const Tapes& tapes);  // replays; `tapes` must outlive it

  void begin_step();
  // A number in [0, bound), bound >= 1.
  std::uint32_t draw(Tape tape, std::uint32_t bound);
  // 1 in so many of a million cases; when replayed, what was recorded.
  bool chance(Tape tape, std::uint32_t per_million);
  // The index of one of these weights, by weight.
  template <std::size_t n>
  std::size_t pick(Tape tape, const std::array<std::uint32_t, n>& weights) {
    return pick(tape, weights.data(), n);
  }
  // 0 in all but so many of a million cases; then a number in [1, bound).
  std::uint32_t rarely(Tape tape, std::uint32_t per_million, std::uint32_t bound);

  // What was drawn so far, with trailing zeros left out.
  std::vector<Tapes::Step> recorded() const;

 private:
  std::size_t pick(Tape tape, const std::uint32_t* weights, std::size_t count);
  std::optional<std::uint32_t> next(Tape tape, std::uint32_t bound);
  void record(Tape tape, std::uint32_t value) { values_[std::size_t(tape)].push_back(value); }

  const Tapes* tapes_ = nullptr;
  std::array<Rng, tape_count> random_;
  std::size_t step_ = 0;
  bool started_ = false;
  std::array<std::size_t, tape_count> at_{};                   // within the step, when replaying
  std::array<std::vector<std::uint32_t>, tape_count> values_;  // of all steps
  std::vector<std::array<std::uint32_t, tape_count>> starts_;  // of each step in them
};

}  // namespace tidemark::sim
