// Stage: a World on which a scenario is played, and what is remembered about it meanwhile. Internal to the player:
// scenario.cpp carries out commands, the other files what their names say.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "sim/scenario.h"
#include "sim/tape.h"
#include "sim/world.h"

namespace tidemark::sim {

class Stage final : public Observer {
 public:
  Stage(const Scenario& scenario, bool keep_trace);
  ScenarioOutcome play();

 private:
  // --- scenario.cpp ---
  void carry_out(const Command& command);
  void wait(std::int64_t ms);
  void write(const Command& command);
  void import(const Command& command);
  void set_clock(const Command& command);
  void crash(const Command& command);
  void cut(const Command& command);
  void clone(const Command& command);
  void restore(const Command& command);
  void disarm();
  void sync(const std::vector<std::string>& names, std::size_t line, const std::string& text);
  void final_check();

  Device& add_offline(const std::string& name);
  Device& device(const std::string& name);
  std::vector<Device*> devices(const std::vector<std::string>& names);  // "all": those that are not lost
  void note(Moment::Kind kind, const std::string& lane, const std::string& text);
  void fail(std::size_t line, const std::string& expected, const std::string& found);
  bool settled(const Device& device) const;
  void power_is_harsh();
  void power_is_gentle();

  // --- scenario_outcome.cpp ---
  void tell_outcome(bool broken);

  // --- scenario_attack.cpp ---
  void attack(const Command& command);
  std::optional<sync::Frame> worst(const Command& command);
  Bytes forge(NodeId node, std::uint64_t n, const Hash& previous, std::int64_t ahead_ms);

  // --- scenario_expect.cpp ---
  void expect(const Command& command);
  std::string look(const Command& command);  // what was found instead; empty if the expectation holds
  std::string for_each(const Command& command, const std::function<std::string(Device&)>& found);
  static std::string value_in(Device& device, const Command& command);
  static std::string conflicts(Device& device, const Command& command);
  std::string differences();

  // --- scenario_watch.cpp: what the world tells ---
  void crashed(Device& device, bool power) override;
  void relay_crashed(bool power) override;
  void relay_opened() override;
  void sent(Device& device, const sync::Frame& frame) override;
  void answered(std::uint64_t session, const sync::Frame& frame) override;
  void told(Device& device, const Exchange::Notice& notice) override;
  void failed(Device& device, const Error& error) override;
  void relay_closed(std::uint64_t session, const server::Close& close) override;
  void watch_for_cut(Device& device, const sync::Frame& frame, bool up);

  // A write that was acknowledged, under the stamp it was given then.
  struct Op {
    std::size_t line;
    std::string author;
    std::string text;
    Stamp stamp;
    std::vector<Write> writes;
  };
  // A connection that is to end once so many more bytes have travelled, or when a message of this name does.
  struct PendingCut {
    bool up = false;
    std::uint64_t bytes = 0;
    std::string message;
    std::size_t line = 0;
    std::string text;
  };

  const Scenario& scenario_;
  Tapes tapes_;
  Chooser chooser_;
  Trace trace_;
  World world_;
  std::int64_t pace_ms_ = 1'000;
  bool harsh_ = false;
  std::vector<Op> ops_;
  std::vector<Op> forgeries_;                          // of the hostile client
  std::map<std::string, PendingCut> cuts_;             // by device
  std::map<std::string, Command> deaths_;              // by device or \"relay\": to come inside what is done next
  std::map<std::string, std::set<std::string>> told_;  // by device or "hostile": codes of errors, "forked", "closed"
  std::uint64_t hostile_session_ = 0;
  std::uint32_t forged_ = 0;
  ScenarioOutcome out_;
};

}  // namespace tidemark::sim
