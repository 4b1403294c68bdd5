// Apps in the simulator: their rules are judged, what breaks them shrinks and plays again, and the engine's invariants
// are judged beside them.
#include "sim/app.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

#include "sim/app_search.h"

using namespace tidemark;
using namespace tidemark::sim;

namespace {

// A room that can be booked once: who finds it free writes a name.
struct Booking : App {
  void act(Hand& hand) override {
    if (hand.draw(4) == 3) return hand.erase("room");
    if (hand.draw(2) == 1) return hand.restore("room");
    const std::string guest = hand.device();
    Draft draft;
    draft.writes.push_back({{"room", "guest"}, *Value::text(guest)});
    draft.writes.push_back({{guest, "booked"}, Value::boolean(true)});
    if (!hand.get("room", "guest")) hand.change(std::move(draft));
  }
  std::optional<BrokenRule> judge(const View& view) const override {
    const auto guests = view.list({{{"booked", Value::boolean(true)}}, false});
    if (guests.size() < 2) return std::nullopt;
    return BrokenRule{"one guest", std::to_string(guests.size()) + " guests have booked"};
  }
};

// Everybody counts up an attribute of his own; nothing can go wrong.
struct Counting : App {
  void set_up(Hand& hand) override { hand.set("board", "title", Value::text("points")); }
  void act(Hand& hand) override {
    const std::optional<Value> points = hand.get("board", hand.device());
    hand.set("board", hand.device(), Value::integer(points ? points->as_integer() + 1 : 1));
  }
  std::optional<BrokenRule> judge(const View& view) const override {
    const std::vector<Entity> all = view.list();
    if (all.size() == 1 && view.get("board", "title") == *Value::text("points")) return std::nullopt;
    return BrokenRule{"titled", std::to_string(all.size()) + " boards"};
  }
};

template <class AppType>
RunOptions with_app() {
  RunOptions options;
  options.app = [] { return std::make_unique<AppType>(); };
  return options;
}

}  // namespace

TEST_CASE("a rule that two devices break together is found, shrunk to a few operations, and plays again") {
  const AppFactory factory = [] { return std::make_unique<Booking>(); };
  const auto found = search(factory);
  REQUIRE(found);
  REQUIRE(*found);
  const Finding& finding = **found;
  CHECK(finding.invariant == "rule: one guest");
  CHECK(finding.what == "a: 2 guests have booked");
  CHECK(finding.shrunk.operations <= 4);
  CHECK(finding.reproducible);
  CHECK(finding.story.find("failed: one guest") != std::string::npos);
  CHECK(finding.story.find("(mark)") == std::string::npos);

  const Result<Tapes> read = Tapes::parse(finding.tapes.to_text());
  REQUIRE(read);
  const RunReport again = replay(*read, with_app<Booking>());
  CHECK(again.invariant == finding.invariant);
  CHECK(again.trace_hash == finding.shrunk.trace_hash);
}

TEST_CASE("an app whose rules hold passes, whatever its devices go through") {
  for (const char* profile : {"calm", "network", "clocks", "copies", "power", "crash"}) {
    CAPTURE(profile);
    AppSearch options;
    options.profile = profile;
    options.seeds = 15;
    std::uint64_t operations = 0;
    options.each_run = [&](const RunReport& report) { operations += report.operations; };
    const auto found = search([] { return std::make_unique<Counting>(); }, options);
    REQUIRE(found);
    if (*found) FAIL((*found)->invariant << ": " << (*found)->what << "\n" << (*found)->story);
    CHECK(operations > 15 * 30);
  }
}

TEST_CASE("the same seed is the same run of an app") {
  const Profile profile = *Profile::named("crash", 3);
  CHECK(run(3, profile, with_app<Counting>()).trace_hash == run(3, profile, with_app<Counting>()).trace_hash);
}

TEST_CASE("a rule for any time is judged on the device that acted, at its step") {
  struct Never final : Counting {
    std::optional<BrokenRule> judge_meanwhile(const View& view) const override {
      if (view.get("board", "a") != Value::integer(3)) return std::nullopt;
      return BrokenRule{"never three", "a has 3 points"};
    }
  };
  const RunReport report = run(1, *Profile::named("calm", 1), with_app<Never>());
  CHECK(report.invariant == "rule: never three");
  CHECK(report.what.find("a has 3 points") != std::string::npos);
  CHECK(report.at_step < 60);
}

TEST_CASE("input that the engine refuses is the app's violation, and so is an exception") {
  struct Wrong final : Counting {
    void act(Hand& hand) override { hand.set("", "x", Value::null()); }
  };
  struct TooLong final : Counting {
    void act(Hand& hand) override { hand.set("board", "x", Value::text("\xff")); }
  };
  struct Throwing final : Counting {
    void act(Hand&) override { throw std::runtime_error("no idea"); }
  };
  const Profile calm = *Profile::named("calm", 1);
  CHECK(run(1, calm, with_app<Wrong>()).invariant == "app");
  CHECK(run(1, calm, with_app<TooLong>()).invariant == "app");
  const RunReport thrown = run(1, calm, with_app<Throwing>());
  CHECK(thrown.invariant == "exception");
  CHECK(thrown.what == "no idea");
}

TEST_CASE("an app that draws elsewhere than through its hand is found out when it shrinks") {
  static int acts = 0;
  struct Moody final : Counting {
    void act(Hand& hand) override {
      if (++acts % 7 == 0) hand.set("second", "title", Value::null());
    }
  };
  acts = 0;
  const auto found = search([] { return std::make_unique<Moody>(); });
  REQUIRE(found);
  REQUIRE(*found);
  CHECK_FALSE((*found)->reproducible);
}

TEST_CASE("an unknown profile is refused") {
  AppSearch options;
  options.profile = "x";
  CHECK(search([] { return std::make_unique<Counting>(); }, options).error().code == "bad_profile");
}
