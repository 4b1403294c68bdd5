// Scenario: a conflict told line by line in plain text, played on a World without any chance in it: what users do, what
// breaks, and what must hold. sim/scenarios/README.md lists the commands; sim/scenarios/ holds a gallery.
//
//   # Two people edit one title while offline; the later one wins, the other is listed as a conflict.
//   devices a b
//   offline all
//   a: set task1.title "x"
//   b: set task1.title "y"
//   online all
//   sync all
//   expect all task1.title = "y"
//   expect conflict task1.title "x"
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "crdt/change.h"
#include "crdt/error.h"
#include "sim/profile.h"
#include "sim/trace.h"
#include "sim/winners.h"

namespace tidemark::sim {

// One line that does something. Which members count depends on the verb.
struct Command {
  enum class Verb {
    // people
    devices,
    write,
    import,
    note,
    // time
    wait,
    pace,
    clock_step,
    clock_set,
    clock_drift,
    clock_freeze,
    clock_thaw,
    // network
    partition,
    heal,
    online,
    offline,
    sync,
    cut,
    cut_after,
    cut_at,
    // machines and files
    crash,
    power,
    clone,
    save,
    restore,
    lose,
    wipe,
    // a hostile client
    push_garbage,
    push_future,
    push_other,
    replay,
    forge,
    // expectations
    expect_value,
    expect_none,
    expect_deleted,
    expect_not_deleted,
    expect_conflict,
    expect_no_conflict,
    expect_no_conflicts,
    expect_forked,
    expect_not_forked,
    expect_told,
    expect_offset,
    expect_outbox,
    expect_parked,
    expect_events,
    expect_entries,
    expect_alarm,
    expect_no_alarm,
    expect_converged
  };
  Verb verb = Verb::note;
  std::size_t line = 0;
  std::string text;                // as it was written, without comment
  std::vector<std::string> names;  // of devices, "relay" or "all"; clone: from, to
  std::vector<Write> writes;       // also the cell and value of an expectation
  std::int64_t amount = 0;         // ms, ppm, bytes, a count, a number in a chain, or a wall clock's reading
  std::int64_t inside = 0;         // crash, power: in so many disk calls of what comes next; 0: now
  bool up = false;                 // partition, cut_after: from the device to the relay
  bool down = false;
  std::string word;  // note: its text; cut_at: name of a message; expect_told: a code
};

struct Scenario {
  std::string name;         // of its file, without extension
  std::string title;        // the first sentence of the comment at its top
  std::string description;  // and the rest of that comment
  std::string text;
  Profile profile;  // no rates: nothing happens by chance
  bool final_check = true;
  std::vector<Command> commands;

  // bad_scenario names the line, what stands there, what was expected, and the nearest word that would do.
  static Result<Scenario> parse(std::string name, std::string_view text);
};

// An expectation that did not hold, or a command that could not be carried out.
struct Failure {
  std::size_t line = 0;
  std::string expected;  // the line
  std::string found;
};

// A write that was acknowledged and that no device holds at the end.
struct GoneWrite {
  std::size_t line = 0;
  std::string author;
  std::string op;
};

struct ScenarioOutcome {
  std::vector<Failure> failures;
  std::vector<std::string> lanes;  // devices in order of appearance
  std::vector<Moment> moments;     // if asked for; Moment::step is a line
  std::vector<CellStory> stories;  // of everything that any device holds at the end
  std::vector<LostUpdate> lost;
  std::vector<GoneWrite> gone;
  std::int64_t final_ms = 0;
  Hash trace_hash{};

  bool passed() const { return failures.empty(); }
};

// Plays it to its end, whatever fails on the way; only a broken invariant of the world stops it early. Each command
// takes `pace` of virtual time, a second unless said otherwise; devices are online from the start, and a machine that
// crashed comes back after a second. A loss of power drops everything that was not synced. After the last line, unless
// `option no_final_check`, everything is healed and synced and the devices must agree. The same scenario gives the same
// outcome.
ScenarioOutcome play(const Scenario& scenario, bool keep_trace);

// A page in Markdown: what the scenario says, its diagram, winners with reasons, lost updates, failures if any. It
// links to NAME.svg beside it, which is picture(). The outcome needs its moments.
std::string page(const Scenario& scenario, const ScenarioOutcome& outcome);
std::string picture(const Scenario& scenario, const ScenarioOutcome& outcome);

}  // namespace tidemark::sim
