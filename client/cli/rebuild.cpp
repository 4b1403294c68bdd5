#include "client/cli/json_line.h"
#include "client/cli/progress.h"
#include "client/cli/verb.h"
#include "client/replica.h"

namespace tidemark::cli {
namespace {

int run(const Args& args, Console& console) {
  const Result<ProgressMode> mode = progress_mode(args);
  if (!mode) return console.refuse(mode.error());
  Replica replica = Replica::open(args.words()[0]);
  const auto entity = args.word(1);
  {
    Progress progress(console, *mode, "rebuild", "events");
    if (!entity) {
      replica.rebuild(progress.callback());
    } else if (!replica.rebuild(*entity, progress.callback())) {
      return console.refuse(
          {"not_found", "entity", excerpt(*entity), "", "This replica knows no such entity", Retry::after_fix});
    }
  }
  const store::Counts counts = replica.status().counts;
  console.out().line(JsonLine().json("ok", "true").number("events", counts.events).number("cells", counts.cells).str());
  return exit_ok;
}

}  // namespace

Verb rebuild_verb() {
  return {
      .name = "rebuild",
      .words = "FILE [ENTITY]",
      .summary = "make the current values anew from the history",
      .words_min = 1,
      .words_max = 2,
      .flags = {progress_flag()},
      .more =
          R"(Makes the table of current values anew from the events, which are left as they are. The result is what it
was before, unless something damaged the table. With ENTITY only its values are made anew.

  tidemark rebuild notes.tidemark
  {"ok":true,"events":16076,"cells":6104}
  tidemark rebuild notes.tidemark note-1
)",
      .run = run};
}

}  // namespace tidemark::cli
