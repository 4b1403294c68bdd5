#include "client/cli/json_line.h"
#include "client/cli/progress.h"
#include "client/cli/relay_flags.h"
#include "client/cli/verb.h"
#include "client/repairing.h"

namespace tidemark::cli {
namespace {

std::string result_line(const Repaired& repaired) {
  return JsonLine()
      .number("damaged", repaired.damaged)
      .number("put_back", repaired.put_back)
      .number("events", repaired.events)
      .number("unsealed", repaired.unsealed)
      .number("relay_damaged", repaired.relay_damaged)
      .number("relay_mended", repaired.relay_mended)
      .number("relay_lacks", repaired.relay_lacks)
      .number("left", repaired.left.size())
      .str();
}

int run(const Args& args, Console& console) {
  const Result<ProgressMode> mode = progress_mode(args);
  if (!mode) return console.refuse(mode.error());
  Result<SyncOptions> options = relay_options(args, console);
  if (!options) return console.refuse(options.error());
  RepairOutcome outcome;
  {
    Progress progress(console, *mode, "repair", "bundles");
    outcome = repair_once(args.words()[0], *options, {}, progress.callback());
  }
  const Repaired& repaired = outcome.repaired;
  for (const Error& error : repaired.left) console.note(to_string(error));
  if (repaired.unsealed > 0) {
    console.note(std::to_string(repaired.unsealed) +
                 " own changes are in no bundle yet: no hash proves them, and they were kept as they are");
  }
  console.out().line(result_line(repaired));
  if (outcome.error) return console.refuse(*outcome.error);
  if (!repaired.left.empty()) {
    return console.refuse({"not_repaired", args.words()[0], std::to_string(repaired.left.size()) + " problems left",
                           "none", "See the notes above; tidemark salvage FILE OUT saves what can be read",
                           Retry::after_fix});
  }
  const SyncOutcome synced = sync_once(args.words()[0], *options);
  return synced.error ? console.refuse(*synced.error) : exit_ok;
}

}  // namespace

Verb repair_verb() {
  return {
      .name = "repair",
      .words = "FILE URL [--token-file F]",
      .summary = "mend file and relay from each other",
      .words_min = 2,
      .words_max = 2,
      .flags = {token_file_flag(), progress_flag()},
      .more =
          R"(Finds the bundles of changes whose hashes do not fit their events any more, takes their bytes from the relay,
checks them against the hashes that the file still has, and puts them back. Then reads every chain that the file holds
back from the relay: what its storage refuses as damaged is sent to it again. Ends with a sync.

  tidemark repair notes.tidemark ws://127.0.0.1:7700
  {"damaged":1,"put_back":1,"events":40,"unsealed":0,"relay_damaged":0,"relay_mended":0,"relay_lacks":0,"left":0}

  damaged, put_back            bundles that were damaged here, and those that were replaced, missing ones included
  unsealed                     own changes that are in no bundle yet: no hash proves them; they are kept as they are
  relay_damaged, relay_mended  how often the relay refused to serve bundles, and served them after it got them anew
  relay_lacks                  bundles that the relay does not have
  left                         what could not be repaired; a note says what and why, and the exit code is 1

For a file that does not open, or whose pages are damaged, there is `tidemark salvage`.
)",
      .run = run};
}

}  // namespace tidemark::cli
