#include "sim/profile.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>

#include "sim/random.h"

namespace tidemark::sim {
namespace {

constexpr std::uint64_t profile_stream = 77;
constexpr std::uint64_t seal_stream = 78;

struct Range {
  std::uint32_t least;
  std::uint32_t most;
};

// How often a fault that is on strikes, per million steps (delay: messages).
Range usual_rate(Fault fault) {
  switch (fault) {
    case Fault::delay:
      return {10'000, 300'000};
    case Fault::cut:
    case Fault::lost_confirm:
    case Fault::crash:
    case Fault::crash_inside:
      return {4'000, 40'000};
    case Fault::stale_bytes:
      return {100'000, 500'000};  // of cuts
    case Fault::power_loss:
    case Fault::relay_power_loss:
      return {4'000, 30'000};
    case Fault::clone:
    case Fault::rollback:
      return {1'000, 12'000};
    case Fault::lost_device:
    case Fault::relay_wiped:
    case Fault::relay_restored:
    case Fault::clock_far:
    case Fault::relay_clock:
    case Fault::bit_rot:
    case Fault::lying_disk:
      return {500, 6'000};
    default:
      return {2'000, 20'000};
  }
}

void switch_on(Profile& profile, Rng& random, std::initializer_list<Fault> faults) {
  for (const Fault fault : faults) {
    const Range range = usual_rate(fault);
    profile.set(fault, range.least + random.below(range.most - range.least + 1));
  }
}

// Every kind on with this chance. A run without a kind finds other things than one with it.
void swarm(Profile& profile, Rng& random, std::uint32_t percent) {
  for (std::size_t i = 0; i < fault_count; ++i) {
    const bool on = random.below(100) < percent;
    if (on && (profile.crash_disk || !needs_crash_disk(Fault(i)))) switch_on(profile, random, {Fault(i)});
  }
}

void draw_shape(Profile& profile, Rng& random) {
  // Small worlds find most: what broke was hardly ever in need of a third device.
  constexpr std::array<std::uint32_t, 20> devices = {2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 4, 4, 4, 5, 5};
  profile.devices = devices[random.below(devices.size())];
  profile.steps = 128 + random.below(95);
  profile.two_connections = random.below(2) == 0;
  profile.entities = 1 + random.below(5);
  profile.attributes = 1 + random.below(4);
  if (random.below(5) == 0) profile.bundle_events = 1 + random.below(3);
  if (random.below(4) == 0) profile.apply_events = 1 + random.below(8);
  if (random.below(5) == 0) profile.in_flight_bytes = 200 + random.below(2'000);
  if (random.below(5) == 0) profile.delivery_bytes = 100 + random.below(2'000);
  profile.counters_near_end = random.below(12) == 0;
  profile.core_only = random.below(3) == 0;
}

// Every number of a profile with its name and its bounds.
struct Member {
  const char* name;
  std::uint32_t Profile::*number;
  std::uint32_t least;
  std::uint32_t most;
};
constexpr Member numbers[] = {
    {"devices", &Profile::devices, 1, 8},
    {"steps", &Profile::steps, 0, 100'000},
    {"entities", &Profile::entities, 1, 16},
    {"attributes", &Profile::attributes, 1, 16},
    {"bundle_events", &Profile::bundle_events, 0, 10'000},
    {"apply_events", &Profile::apply_events, 1, 1'000'000},
    {"in_flight_bytes", &Profile::in_flight_bytes, 1, 1024 * 1024},
    {"delivery_bytes", &Profile::delivery_bytes, 1, 256 * 1024},
};
struct Switch {
  const char* name;
  bool Profile::*flag;
};
constexpr Switch switches[] = {
    {"crash_disk", &Profile::crash_disk},
    {"relaxed", &Profile::relaxed},
    {"two_connections", &Profile::two_connections},
    {"sealing_writes", &Profile::sealing_writes},
    {"counters_near_end", &Profile::counters_near_end},
    {"core_only", &Profile::core_only},
};

Error bad_profile(std::string_view got, std::string expected) {
  return {"bad_profile", "profile", excerpt(got), std::move(expected), "", Retry::never};
}

}  // namespace

const std::string& Profile::names() {
  static const std::string all = "swarm crash calm network clocks copies hostile power relaxed";
  return all;
}

Result<Profile> Profile::named(std::string_view name, std::uint64_t seed) {
  Rng random(seed, profile_stream);
  Profile profile;
  profile.name = std::string(name);
  draw_shape(profile, random);
  profile.sealing_writes = Rng(seed, seal_stream).below(4) != 0;
  if (name == "swarm") {
    swarm(profile, random, 45);
  } else if (name == "crash") {
    profile.crash_disk = true;
    swarm(profile, random, 45);
  } else if (name == "calm") {
    profile.counters_near_end = false;
  } else if (name == "network") {
    switch_on(profile, random,
              {Fault::delay, Fault::cut, Fault::stale_bytes, Fault::lost_confirm, Fault::partition, Fault::one_way,
               Fault::flapping});
  } else if (name == "clocks") {
    switch_on(profile, random,
              {Fault::cut, Fault::clock_step, Fault::clock_far, Fault::clock_drift, Fault::clock_frozen});
    if (random.below(2) == 0) switch_on(profile, random, {Fault::relay_clock});
  } else if (name == "copies") {
    switch_on(profile, random,
              {Fault::cut, Fault::crash, Fault::clone, Fault::rollback, Fault::relay_wiped, Fault::relay_restored});
    if (random.below(2) == 0) switch_on(profile, random, {Fault::clock_step, Fault::lost_device});
  } else if (name == "hostile") {
    switch_on(profile, random,
              {Fault::forged_node, Fault::replayed, Fault::other_bytes, Fault::future_stamps, Fault::garbage});
  } else if (name == "power" || name == "relaxed") {
    profile.crash_disk = true;
    profile.relaxed = name == "relaxed";
    switch_on(profile, random,
              {Fault::power_loss, Fault::relay_power_loss, Fault::crash_inside, Fault::relay_crash_inside, Fault::cut});
    profile.set(Fault::power_loss, 60'000);
    profile.set(Fault::relay_power_loss, 40'000);
    if (name == "power" && random.below(2) == 0) swarm(profile, random, 20);
  } else {
    return bad_profile(name, "one of: " + names());
  }
  return profile;
}

std::string Profile::to_text() const {
  std::string text = "name=" + name;
  for (const Member& member : numbers)
    text += std::string(" ") + member.name + "=" + std::to_string(this->*member.number);
  for (const Switch& member : switches) text += std::string(" ") + member.name + "=" + (this->*member.flag ? "1" : "0");
  for (std::size_t i = 0; i < fault_count; ++i) {
    if (rates[i] != 0) text += " " + std::string(name_of(Fault(i))) + "=" + std::to_string(rates[i]);
  }
  return text;
}

Result<Profile> Profile::parse(std::string_view text) {
  Profile profile;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view key = pair.substr(0, equals);
    const std::string_view value = pair.substr(std::min(equals + 1, pair.size()));
    if (key == "name") {
      profile.name = std::string(value);
      continue;
    }
    std::uint32_t number = 0;
    const auto [last, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc() || last != value.data() + value.size() || value.empty())
      return bad_profile(pair, "KEY=NUMBER");
    const auto member =
        std::find_if(std::begin(numbers), std::end(numbers), [&](const auto& m) { return key == m.name; });
    const auto flag =
        std::find_if(std::begin(switches), std::end(switches), [&](const auto& m) { return key == m.name; });
    if (member != std::end(numbers)) {
      if (number < member->least || number > member->most)
        return bad_profile(pair, std::to_string(member->least) + ".." + std::to_string(member->most));
      profile.*member->number = number;
    } else if (flag != std::end(switches)) {
      if (number > 1) return bad_profile(pair, "0 or 1");
      profile.*flag->flag = number == 1;
    } else if (const auto fault = fault_of(key)) {
      if (number > 1'000'000) return bad_profile(pair, "0..1000000, per million");
      profile.set(*fault, number);
    } else {
      return bad_profile(key, "a member of a profile or the name of a fault");
    }
  }
  return profile;
}

}  // namespace tidemark::sim
