#include "server/gate.h"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "sync/limits.h"

namespace tidemark::server {
namespace {

constexpr std::size_t samples_max = 256;
constexpr std::size_t samples_min = 3;  // fewer devices cannot outvote the relay
constexpr std::int64_t sample_age_max_ms = 3'600'000;

}  // namespace

std::int64_t Gate::time_ms(std::int64_t wall_ms) const { return std::max(wall_ms, stored_ms_); }

void Gate::stored(std::int64_t time_ms) { stored_ms_ = std::max(stored_ms_, time_ms); }

void Gate::forget(NodeId node) {
  samples_.erase(node);
  agreed_ms_ = agreed_lead_ms();
}

void Gate::heard(NodeId node, std::int64_t clock_ms, std::int64_t steady_ms) {
  for (auto at = samples_.begin(); at != samples_.end();) {
    at = steady_ms - at->second.steady_ms > sample_age_max_ms ? samples_.erase(at) : std::next(at);
  }
  if (clock_ms < sync::min_believable_ms) {  // never set: it knows nothing about our clock
    return forget(node);
  }
  if (samples_.size() >= samples_max && samples_.count(node) == 0) {
    const auto older = [](const auto& a, const auto& b) { return a.second.steady_ms < b.second.steady_ms; };
    samples_.erase(std::min_element(samples_.begin(), samples_.end(), older));
  }
  samples_[node] = {clock_ms - steady_ms, steady_ms};
  agreed_ms_ = agreed_lead_ms();
}

// The median, if most of the devices stand close to it: a few wrong clocks that disagree with each other say nothing about
// ours.
std::optional<std::int64_t> Gate::agreed_lead_ms() const {
  if (samples_.empty()) return std::nullopt;
  std::vector<std::int64_t> leads;
  for (const auto& [node, sample] : samples_) leads.push_back(sample.lead_ms);
  std::sort(leads.begin(), leads.end());
  const std::int64_t median = leads[leads.size() / 2];
  const auto close = std::count_if(
      leads.begin(), leads.end(), [&](std::int64_t lead) { return std::llabs(lead - median) <= sync::clock_alarm_ms; });
  if (std::size_t(close) * 2 <= leads.size()) return std::nullopt;
  return median;
}

std::optional<std::int64_t> Gate::agreed_time_ms(std::int64_t steady_ms) const {
  if (!agreed_ms_) return std::nullopt;
  return *agreed_ms_ + steady_ms;
}

bool Gate::trusted(Now now) const {
  const std::int64_t time = time_ms(now.wall_ms);
  if (time < sync::min_believable_ms) return false;
  const auto agreed = agreed_time_ms(now.steady_ms);
  if (!agreed || samples_.size() < samples_min) return true;
  return std::llabs(*agreed - time) <= sync::clock_alarm_ms;
}

std::int64_t Gate::best_time_ms(Now now) const {
  const std::int64_t time = time_ms(now.wall_ms);
  if (time >= sync::min_believable_ms) return time;
  return std::max(time, agreed_time_ms(now.steady_ms).value_or(time));
}

std::optional<Error> Gate::check(const BundleHeader& bundle, bool own, Now now) const {
  const std::int64_t time = best_time_ms(now);
  const std::int64_t lead = own && trusted(now) ? sync::gate_ms : sync::gate_given_back_ms;
  if (std::int64_t(bundle.last.ms) <= time + lead) return std::nullopt;
  return Error{"clock_ahead",
               "last stamp of bundle " + std::to_string(bundle.n),
               to_string(bundle.last),
               "at most " + std::to_string(lead / 1000) + " s after " +
                   to_string(Stamp{std::uint64_t(std::max<std::int64_t>(time, 0)), 0, {}}).substr(0, 24),
               "Set the device's clock; its changes are stamped again and sent.",
               Retry::after_fix};
}

}  // namespace tidemark::server
