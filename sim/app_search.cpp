#include "sim/app_search.h"

#include <utility>

#include "sim/lanes.h"

namespace tidemark::sim {
namespace {

Result<Profile> profile_for(const AppSearch& options, std::uint64_t seed) {
  Result<Profile> profile = Profile::named(options.profile, seed);
  if (!profile) return profile;
  for (const Fault fault :
       {Fault::forged_node, Fault::replayed, Fault::other_bytes, Fault::future_stamps, Fault::garbage})
    profile->set(fault, 0);
  profile->steps = options.steps;
  profile->counters_near_end = false;  // it takes the hostile client, too
  return profile;
}

}  // namespace

Result<std::optional<Finding>> search(const AppFactory& app, const AppSearch& options) {
  RunOptions run_options;
  run_options.app = app;
  for (std::uint64_t i = 0; i < options.seeds; ++i) {
    const std::uint64_t seed = options.first_seed + i;
    const Result<Profile> profile = profile_for(options, seed);
    if (!profile) return profile.error();
    const RunReport report = run(seed, *profile, run_options);
    if (options.each_run) options.each_run(report);
    if (!report.invariant) continue;

    Shrunk shrunk = shrink(report.tapes, options.shrinking, run_options);
    Finding finding;
    finding.seed = seed;
    finding.invariant = *report.invariant;
    finding.what = shrunk.report.what;
    finding.story = lanes_text(shrunk.report.moments);
    finding.shrunk = std::move(shrunk.report);
    finding.tapes = std::move(shrunk.tapes);
    finding.reproducible = shrunk.reproducible;
    return std::optional<Finding>(std::move(finding));
  }
  return std::optional<Finding>();
}

}  // namespace tidemark::sim
