#include "sim/tape.h"

#include <algorithm>
#include <charconv>

namespace tidemark::sim {
namespace {

constexpr std::array<const char*, tape_count> names{"workload", "schedule", "network", "disk", "clock"};
constexpr std::size_t steps_max = 100'000;
constexpr std::size_t draws_max = 4'000'000;

Error bad_tape(std::size_t line, std::string_view got, std::string expected) {
  return {"bad_tape",
          "line " + std::to_string(line),
          excerpt(got),
          std::move(expected),
          "Take the text that a failed run was kept in.",
          Retry::never};
}

template <class Number>
bool to_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

// The next word of a line, taken off its front.
std::string_view take_word(std::string_view& line) {
  const std::size_t end = std::min(line.find(' '), line.size());
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return word;
}

}  // namespace

const char* name_of(Tape tape) { return names[std::size_t(tape)]; }

// --- text -------------------------------------------------------------------------------------------------------------

std::string Tapes::to_text() const {
  std::string text = "tidemark-tape 1\n";
  if (!note.empty()) text += "note " + note + "\n";
  if (!invariant.empty()) text += "breaks " + invariant + "\n";
  text += "seed " + std::to_string(seed) + "\n";
  text += "profile " + profile.to_text() + "\n";
  for (std::size_t i = 0; i < steps.size(); ++i) {
    text += "step " + std::to_string(i) + "\n";
    for (std::size_t tape = 0; tape < tape_count; ++tape) {
      if (steps[i].draws[tape].empty()) continue;
      text += names[tape];
      for (const std::uint32_t value : steps[i].draws[tape]) text += ' ' + std::to_string(value);
      text += '\n';
    }
  }
  return text;
}

Result<Tapes> Tapes::parse(std::string_view text) {
  Tapes tapes;
  std::size_t number = 0;
  std::size_t draws = 0;
  bool seeded = false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (number == 1) {
      if (line != "tidemark-tape 1") return bad_tape(number, line, "tidemark-tape 1");
      continue;
    }
    if (line.empty()) continue;
    const std::string_view word = take_word(line);
    if (word == "note") {
      tapes.note = std::string(line);
    } else if (word == "breaks") {
      tapes.invariant = std::string(line);
    } else if (word == "seed") {
      if (!to_number(line, tapes.seed)) return bad_tape(number, line, "a whole number");
      seeded = true;
    } else if (word == "profile") {
      Result<Profile> profile = Profile::parse(line);
      if (!profile) return bad_tape(number, profile.error().got, profile.error().limit);
      tapes.profile = std::move(*profile);
    } else if (word == "step") {
      std::size_t step = 0;
      if (!to_number(line, step) || step != tapes.steps.size() || step >= steps_max)
        return bad_tape(number, line, "step " + std::to_string(tapes.steps.size()));
      tapes.steps.emplace_back();
    } else {
      const auto tape = std::find(names.begin(), names.end(), word);
      if (tape == names.end() || tapes.steps.empty())
        return bad_tape(number, word, "note, breaks, seed, profile, step, or within a step the name of a tape");
      auto& values = tapes.steps.back().draws[std::size_t(tape - names.begin())];
      while (!line.empty()) {
        std::uint32_t value = 0;
        if (!to_number(take_word(line), value) || ++draws > draws_max)
          return bad_tape(number, word, "whole numbers below 2^32, at most " + std::to_string(draws_max));
        values.push_back(value);
      }
    }
  }
  if (!seeded) return bad_tape(number, "no seed", "a line: seed NUMBER");
  return tapes;
}

// --- drawing ----------------------------------------------------------------------------------------------------------

Chooser::Chooser(std::uint64_t seed) : random_{Rng(seed, 1), Rng(seed, 2), Rng(seed, 3), Rng(seed, 4), Rng(seed, 5)} {}

Chooser::Chooser(const Tapes& tapes) : Chooser(tapes.seed) { tapes_ = &tapes; }

void Chooser::begin_step() {
  if (started_) ++step_;
  started_ = true;
  at_ = {};
  std::array<std::uint32_t, tape_count> starts;
  for (std::size_t tape = 0; tape < tape_count; ++tape) starts[tape] = std::uint32_t(values_[tape].size());
  starts_.push_back(starts);
}

std::optional<std::uint32_t> Chooser::next(Tape tape, std::uint32_t bound) {
  if (!tapes_) return std::nullopt;
  std::uint32_t value = 0;
  if (started_ && step_ < tapes_->steps.size()) {
    const auto& values = tapes_->steps[step_].draws[std::size_t(tape)];
    std::size_t& at = at_[std::size_t(tape)];
    if (at < values.size()) value = values[at++];
  }
  return std::min(value, bound - 1);
}

std::uint32_t Chooser::draw(Tape tape, std::uint32_t bound) {
  const auto replayed = next(tape, bound);
  const std::uint32_t value = replayed ? *replayed : random_[std::size_t(tape)].below(bound);
  record(tape, value);
  return value;
}

bool Chooser::chance(Tape tape, std::uint32_t per_million) {
  const auto replayed = next(tape, 2);
  const bool value = replayed ? *replayed == 1 : random_[std::size_t(tape)].chance(per_million);
  record(tape, value ? 1 : 0);
  return value;
}

std::uint32_t Chooser::rarely(Tape tape, std::uint32_t per_million, std::uint32_t bound) {
  const auto replayed = next(tape, bound);
  std::uint32_t value = 0;
  if (replayed) {
    value = *replayed;
  } else if (random_[std::size_t(tape)].chance(per_million)) {
    value = 1 + random_[std::size_t(tape)].below(bound - 1);
  }
  record(tape, value);
  return value;
}

std::size_t Chooser::pick(Tape tape, const std::uint32_t* weights, std::size_t count) {
  const auto replayed = next(tape, std::uint32_t(count));
  std::size_t index = 0;
  if (replayed) {
    index = *replayed;
  } else {
    std::uint32_t total = 0;
    for (std::size_t i = 0; i < count; ++i) total += weights[i];
    std::uint32_t at = random_[std::size_t(tape)].below(total);
    while (at >= weights[index]) at -= weights[index++];
  }
  record(tape, std::uint32_t(index));
  return index;
}

std::vector<Tapes::Step> Chooser::recorded() const {
  std::vector<Tapes::Step> steps(starts_.size());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    for (std::size_t tape = 0; tape < tape_count; ++tape) {
      const auto& all = values_[tape];
      const std::size_t from = starts_[i][tape];
      std::size_t to = i + 1 < starts_.size() ? starts_[i + 1][tape] : all.size();
      while (to > from && all[to - 1] == 0) --to;
      steps[i].draws[tape].assign(all.begin() + std::ptrdiff_t(from), all.begin() + std::ptrdiff_t(to));
    }
  }
  return steps;
}

}  // namespace tidemark::sim
