#include "bench/measure.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace tidemark::bench {

double percentile(std::vector<double> values, double part) {
  std::sort(values.begin(), values.end());
  const double rank = std::ceil(part * double(values.size()));
  return values[std::size_t(std::max(rank, 1.0)) - 1];
}

Measure named(const char* name, const char* what, const char* unit, std::uint64_t size, std::optional<Goal> goal,
              bool more_is_better) {
  Measure measure;
  measure.name = name;
  measure.what = what;
  measure.unit = unit;
  measure.size = size;
  measure.goal = goal;
  measure.more_is_better = more_is_better;
  return measure;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

double Measure::value() const { return median(values); }

std::optional<double> Measure::reference_value() const {
  if (references.empty()) return std::nullopt;
  return median(references);
}

std::optional<double> Measure::ratio() const {
  if (references.empty()) return std::nullopt;
  std::vector<double> ratios;
  for (std::size_t i = 0; i < std::min(values.size(), references.size()); ++i)
    ratios.push_back(values[i] / references[i]);
  return median(ratios);
}

std::optional<double> Measure::cpu_ratio() const {
  if (cpu_ratios.empty()) return std::nullopt;
  return median(cpu_ratios);
}

std::optional<bool> Measure::reached() const {
  if (!goal) return std::nullopt;
  const std::optional<double> got = goal->of == Goal::Of::ratio ? ratio() : value();
  if (!got) return std::nullopt;
  return more_is_better ? *got >= goal->bound : *got <= goal->bound;
}

std::string short_number(double value) {
  static constexpr struct {
    double from;
    const char* suffix;
  } scales[] = {{1e9, " G"}, {1e6, " M"}, {1e4, " k"}};
  const char* suffix = "";
  for (const auto& scale : scales) {
    if (std::fabs(value) < scale.from) continue;
    value /= scale.from == 1e4 ? 1e3 : scale.from;
    suffix = scale.suffix;
    break;
  }
  const int digits = std::fabs(value) >= 100 ? 0 : std::fabs(value) >= 10 ? 1 : std::fabs(value) >= 1 ? 2 : 3;
  char text[32];
  std::snprintf(text, sizeof text, "%.*f%s", digits, value, suffix);
  return text;
}

std::string short_count(std::uint64_t count) {
  static constexpr struct {
    std::uint64_t scale;
    const char* suffix;
  } scales[] = {{1'000'000'000, " G"}, {1'000'000, " M"}, {1'000, " k"}};
  for (const auto& [scale, suffix] : scales) {
    if (count < std::max<std::uint64_t>(scale, 10'000)) continue;
    return count % scale == 0 ? std::to_string(count / scale) + suffix : short_number(double(count));
  }
  return std::to_string(count);
}

}  // namespace tidemark::bench
