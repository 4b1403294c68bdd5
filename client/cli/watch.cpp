#include <csignal>

#include <unistd.h>

#include "client/cli/json_line.h"
#include "client/cli/relay_flags.h"
#include "client/cli/verb.h"

namespace tidemark::cli {
namespace {

std::string change_line(const Change& change) {
  std::string events;
  for (const Event& event : change.events) {
    if (!events.empty()) events.push_back(',');
    events += JsonLine()
                  .text("entity", event.cell.entity)
                  .text("attribute", event.cell.attribute)
                  .value("value", event.value)
                  .str();
  }
  return JsonLine()
      .stamp("stamp", change.stamp)
      .text("node", to_string(change.stamp.node))
      .json("events", "[" + events + "]")
      .str();
}

int run(const Args& args, Console& console) {
  Result<SyncOptions> options = relay_options(args, console);
  if (!options) return console.refuse(options.error());
  options->on_applied = [&console](const std::vector<Change>& changes) {
    for (const Change& change : changes) console.out().line(change_line(change));
    console.out().flush();
    // Without a reader there is nothing to stay for; the way out is the usual one.
    if (console.out().closed()) ::kill(::getpid(), SIGTERM);
  };
  const SyncOutcome outcome = sync_until_terminated(args.words()[0], *options);
  return outcome.error ? console.refuse(*outcome.error) : exit_ok;
}

}  // namespace

Verb watch_verb() {
  return {.name = "watch",
          .words = "FILE URL [--token-file F]",
          .summary = "stay connected, print what arrives",
          .words_min = 2,
          .words_max = 2,
          .flags = {token_file_flag()},
          .more =
              R"(Keeps the file in sync until SIGINT or SIGTERM, through lost connections and restarts of the relay, and
prints each change of other devices as one line as soon as it is in the file. What is written to the file meanwhile, by
`tidemark set` for example, is sent at once.

  tidemark watch notes.tidemark ws://127.0.0.1:7700
  {"stamp":"...","node":"...","events":[{"entity":"note-1","attribute":"done","value":true}]}
)",
          .run = run};
}

}  // namespace tidemark::cli
