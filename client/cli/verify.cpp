#include "client/cli/files.h"
#include "client/cli/json_line.h"
#include "client/cli/progress.h"
#include "client/cli/verb.h"

namespace tidemark::cli {
namespace {

int run(const Args& args, Console& console) {
  const Result<ProgressMode> mode = progress_mode(args);
  if (!mode) return console.refuse(mode.error());
  const Replica replica = open_for_reading(args.words()[0]);
  store::Report report;
  {
    Progress progress(console, *mode, "verify", "events");
    report = replica.verify(progress.callback());
  }
  if (!report.problems.empty()) {
    for (const std::string& problem : report.problems) console.out().line(problem);
    return console.refuse(
        {"corrupt", args.words()[0], std::to_string(report.problems.size()) + " problems", "none",
         "Keep a copy. tidemark rebuild FILE mends values that differ from the history, tidemark repair FILE URL "
         "damaged bundles",
         Retry::after_fix});
  }
  console.out().line(JsonLine().json("ok", "true").number("events", report.events).number("cells", report.cells).str());
  return exit_ok;
}

}  // namespace

Verb verify_verb() {
  return {
      .name = "verify",
      .words = "FILE",
      .summary = "check the file against itself",
      .words_min = 1,
      .words_max = 1,
      .flags = {progress_flag()},
      .more =
          R"(Checks every page, every current value and every cell's list against the history, the hashes of every chain of
bundles, and the clock. Prints {"ok":true,...}, or a line a problem and exit code 1. Changes that are not in a bundle
yet have no hash: of them only the form and the place are checked.

  tidemark verify notes.tidemark
  {"ok":true,"events":16076,"cells":6104}
)",
      .run = run};
}

}  // namespace tidemark::cli
