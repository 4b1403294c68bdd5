// A to-do app in the simulator, twice: with a rule that two devices can break together, and repaired. See README.md.
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "sim/app_search.h"

using namespace tidemark;
using namespace tidemark::sim;

namespace {

constexpr const char* tasks[] = {"milk", "bread", "bank"};

// At most one task is today's focus.
std::optional<BrokenRule> at_most_one(const std::vector<std::string>& focused) {
  if (focused.size() < 2) return std::nullopt;
  return BrokenRule{"one focus", focused[0] + " and " + focused[1] + " are both today's focus"};
}

class TodoApp : public App {
 public:
  void set_up(Hand& hand) override {
    Draft draft;
    for (const char* task : tasks) draft.writes.push_back({{task, "done"}, Value::boolean(false)});
    hand.change(std::move(draft));
  }

  void act(Hand& hand) override {
    const char* task = tasks[hand.draw(std::size(tasks))];
    switch (hand.draw(3)) {
      case 0:
        return focus(hand, task);
      case 1:
        return hand.set(task, "done", Value::boolean(true));
      default:
        return hand.set(task, "done", Value::boolean(false));
    }
  }

  std::optional<BrokenRule> judge(const View& view) const override { return at_most_one(focused(view)); }
  std::optional<BrokenRule> judge_meanwhile(const View& view) const override { return judge(view); }

 protected:
  virtual void focus(Hand& hand, const std::string& task) = 0;
  virtual std::vector<std::string> focused(const View& view) const = 0;
};

// Each task knows whether it is the focus. Whoever marks one takes the mark off the others, in one change, and still:
// two devices that do not see each other mark two.
class NaiveApp final : public TodoApp {
  void focus(Hand& hand, const std::string& task) override {
    Draft draft;
    for (const std::string& other : focused(hand)) draft.writes.push_back({{other, "focus"}, Value::boolean(false)});
    draft.writes.push_back({{task, "focus"}, Value::boolean(true)});
    hand.change(std::move(draft));
  }

  std::vector<std::string> focused(const View& view) const override {
    std::vector<std::string> found;
    for (const Entity& task : view.list({{{"focus", Value::boolean(true)}}, false})) found.push_back(task.id);
    return found;
  }
};

// The day knows which task is its focus. That is one attribute, so that of two writers one wins, on all devices.
class RepairedApp final : public TodoApp {
  void focus(Hand& hand, const std::string& task) override { hand.set("today", "focus", Value::text(task)); }

  std::vector<std::string> focused(const View& view) const override {
    const std::optional<Value> task = view.get("today", "focus");
    return task ? std::vector<std::string>{task->as_string()} : std::vector<std::string>{};
  }
};

template <class AppType>
std::optional<Finding> look_for_trouble(const std::string& profile, std::uint64_t seeds) {
  AppSearch options;
  options.profile = profile;
  options.seeds = seeds;
  return *search([] { return std::make_unique<AppType>(); }, options);
}

}  // namespace

int main() {
  const std::optional<Finding> naive = look_for_trouble<NaiveApp>("network", 500);
  if (!naive) {
    std::cout << "nothing was found in the naive app\n";
    return 1;
  }
  std::cout << "naive: seed " << naive->seed << " breaks \"" << naive->invariant << "\", shrunk to "
            << naive->shrunk.operations << " operations:\n\n"
            << naive->story << "\n"
            << naive->what << "\n\n";
  const bool small = naive->invariant == "rule: one focus" && naive->shrunk.operations <= 6 && naive->reproducible;

  for (const char* profile : {"network", "swarm"}) {
    if (const auto repaired = look_for_trouble<RepairedApp>(profile, 250)) {
      std::cout << "repaired: " << profile << " seed " << repaired->seed << " breaks " << repaired->invariant << ": "
                << repaired->what << "\n"
                << repaired->story;
      return 1;
    }
  }
  std::cout << "repaired: 500 seeds, and the rule holds\n";
  return small ? 0 : 1;
}
