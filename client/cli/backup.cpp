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
  {
    Progress progress(console, *mode, "backup", "pages");
    replica.backup(args.words()[1], progress.callback());
  }
  console.out().line(JsonLine().json("ok", "true").str());
  return exit_ok;
}

}  // namespace

Verb backup_verb() {
  return {
      .name = "backup",
      .words = "FILE OUT",
      .summary = "copy the file while others write",
      .words_min = 2,
      .words_max = 2,
      .flags = {progress_flag()},
      .more =
          R"(Makes a consistent copy, also while other processes write and sync. The copy takes a node of its own before
its first change, so both can go on side by side. OUT must not exist.

  tidemark backup notes.tidemark notes-monday.tidemark
)",
      .run = run};
}

}  // namespace tidemark::cli
