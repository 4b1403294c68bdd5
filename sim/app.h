// App: your own app in the simulator: what its users do, and the rules that must hold once their devices agree.
//
// The engine promises that all devices end up with the same values. Whether these values make sense is up to the app:
// two devices that each did nothing wrong may, together, book a room twice. An App says in a few lines what its users
// do and what must never come out, and app_search.h looks for a run in which it does, made as small as it gets.
//
//   struct Rooms : App {
//     void act(Hand& hand) override { if (!hand.get("room", "guest")) hand.set("room", "guest", Value::text(...)); }
//     std::optional<BrokenRule> judge(const View& view) const override { ... }
//   };
//
// Everything goes through a real Replica on a disk that may fail, in a process that may die, and all invariants of the
// engine are judged as in any other run. All decisions of the app are drawn through its Hand, so that a run can be
// played again and made smaller; an App that uses other randomness, time or globals cannot.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/replica.h"

namespace tidemark::sim {

class World;
class Workload;
struct Device;

// One device's replica, to be read like a Replica.
class View {
 public:
  View(World& world, Device& device) : world_(world), device_(device) {}

  const std::string& device() const;
  std::optional<Value> get(std::string_view entity, std::string_view attribute) const;
  std::optional<Entity> get(std::string_view entity) const;
  std::vector<Entity> list(const ListOptions& options = {}) const;

  // Thrown by all functions, of Hand too, when the device's process dies or its disk fails in the middle of the call.
  // Let it pass: what the app was doing ends there, as it would in a real process.
  struct Stopped {};

 protected:
  World& world_;
  Device& device_;
};

// A user's hand on one device: reads, writes, and decides. A write that the engine refuses is a bug of the app and ends
// the run as the violation "app".
class Hand : public View {
 public:
  Hand(World& world, Device& device, Workload& workload) : View(world, device), workload_(workload) {}

  void set(std::string_view entity, std::string_view attribute, Result<Value> value);
  void change(Draft draft);  // several writes, atomic on every device
  void erase(std::string_view entity);
  void restore(std::string_view entity);
  std::string new_entity();

  // A number in [0, bound), bound >= 1. Let 0 be the plainest choice: what a small run does.
  std::uint32_t draw(std::uint32_t bound);

 private:
  Workload& workload_;
};

struct BrokenRule {
  std::string name;  // of the rule, the same each time: "one focus". The violation is called "rule: one focus"
  std::string what;  // how it is broken: "milk and bread are both today's focus"
};

// One object a run, for all devices. It keeps nothing of a device in its members: processes die.
class App {
 public:
  virtual ~App() = default;

  // What is there before anything goes wrong: called once, on one device, and then passed on to all.
  virtual void set_up(Hand&) {}
  // One thing that a user does at a device.
  virtual void act(Hand& hand) = 0;

  // Looks at a device when all of them have everything and agree. Nothing if all rules hold.
  virtual std::optional<BrokenRule> judge(const View& view) const = 0;
  // The same for rules that must hold at any time, also on a device that does not know everything yet; asked after each
  // act, of the device that acted.
  virtual std::optional<BrokenRule> judge_meanwhile(const View&) const { return std::nullopt; }
};

}  // namespace tidemark::sim
