#include "client/cli/progress.h"

#include <algorithm>
#include <utility>

namespace tidemark::cli {
namespace {

constexpr std::chrono::milliseconds bar_interval{100};
constexpr std::chrono::milliseconds plain_interval{1000};
constexpr std::size_t bar_width = 24;

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, 1, ',');
  return digits;
}

std::string clock_text(double seconds) {
  const auto whole = static_cast<std::uint64_t>(std::min(seconds, 359'999.0));
  const auto two = [](std::uint64_t n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  return (whole >= 3600 ? std::to_string(whole / 3600) + ":" : "") + two(whole / 60 % 60) + ":" + two(whole % 60);
}

}  // namespace

Flag progress_flag() { return {"--progress", "MODE", "auto: a bar on a terminal; plain: a line a second; none"}; }

Result<ProgressMode> progress_mode(const Args& args) {
  const std::string mode = args.value("--progress").value_or("auto");
  if (mode == "auto") return ProgressMode::automatic;
  if (mode == "plain") return ProgressMode::plain;
  if (mode == "none") return ProgressMode::none;
  return usage_error("--progress", mode, "auto, plain or none");
}

Progress::Progress(Console& console, ProgressMode mode, std::string doing, std::string unit)
    : console_(console),
      bar_(mode == ProgressMode::automatic && console.can_draw()),
      plain_(mode == ProgressMode::plain),
      doing_(std::move(doing)),
      unit_(std::move(unit)),
      started_(std::chrono::steady_clock::now()),
      shown_(started_) {}

Progress::~Progress() {
  if (bar_) console_.draw({});
}

void Progress::update(std::uint64_t done, std::uint64_t total, std::uint64_t count) {
  if (!bar_ && !plain_) return;
  const Time now = std::chrono::steady_clock::now();
  if (now - shown_ < (bar_ ? bar_interval : plain_interval)) return;
  shown_ = now;
  const double fraction = total == 0 ? -1 : std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
  const std::string line = text(fraction, count, std::chrono::duration<double>(now - started_).count());
  if (bar_) {
    console_.draw(line);
  } else {
    console_.note(line);
  }
}

store::Progress Progress::callback() {
  return [this](std::uint64_t done, std::uint64_t total) { update(done, total); };
}

std::string Progress::text(double fraction, std::uint64_t count, double seconds) const {
  std::string out = doing_;
  if (fraction >= 0) {
    const auto filled = static_cast<std::size_t>(fraction * static_cast<double>(bar_width));
    if (bar_) out += " [" + std::string(filled, '#') + std::string(bar_width - filled, '.') + "]";
    out += " " + std::to_string(static_cast<int>(fraction * 100)) + "%";
  }
  out += " " + grouped(count) + " " + unit_;
  if (seconds > 0) out += ", " + grouped(static_cast<std::uint64_t>(static_cast<double>(count) / seconds)) + "/s";
  if (fraction > 0) out += ", " + clock_text(seconds / fraction - seconds) + " left";
  return out;
}

}  // namespace tidemark::cli
