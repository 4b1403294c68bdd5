#include "client/salvage.h"

#include "client/cli/json_line.h"
#include "client/cli/progress.h"
#include "client/cli/verb.h"

namespace tidemark::cli {
namespace {

int run(const Args& args, Console& console) {
  const Result<ProgressMode> mode = progress_mode(args);
  if (!mode) return console.refuse(mode.error());
  SalvageOptions options;
  options.space = args.value("--space").value_or("");
  std::optional<Salvaged> saved;
  {
    Progress progress(console, *mode, "salvage", "pages");
    options.progress = progress.callback();
    Result<Salvaged> result = salvage(args.words()[0], args.words()[1], options);
    if (!result) return console.refuse(result.error());
    saved = std::move(*result);
  }
  console.out().line(JsonLine()
                         .text("space", saved->space)
                         .text("node", to_string(saved->node))
                         .number("pages", saved->pages)
                         .number("damaged_pages", saved->damaged_pages)
                         .number("damaged_rows", saved->damaged_rows)
                         .number("bundles", saved->bundles)
                         .number("damaged_bundles", saved->damaged_bundles)
                         .number("events", saved->events)
                         .number("loose", saved->loose)
                         .number("lost", saved->lost)
                         .number("notes_lost", saved->notes_lost)
                         .str());
  return exit_ok;
}

}  // namespace

Verb salvage_verb() {
  return {
      .name = "salvage",
      .words = "DAMAGED OUT [--space NAME]",
      .summary = "save what can be read of a broken file",
      .words_min = 2,
      .words_max = 2,
      .flags = {{"--space", "NAME", "the space, if the file has lost its name"}, progress_flag()},
      .more =
          R"(Reads a damaged file page by page, also one that does not open any more, and writes what it finds into OUT, a
new and sound file with a node of its own. DAMAGED is only read; nothing may be writing to it. OUT must not exist.

  tidemark salvage broken.tidemark saved.tidemark
  {"space":"my-notes","node":"5eed5eed5eed5eed",...,"events":16070,"loose":70,"lost":6,"notes_lost":0}
  tidemark sync saved.tidemark ws://127.0.0.1:7700

  bundles, damaged_bundles  that are whole; that are damaged, or come after a damaged one of their node
  events, loose             that were saved; of these, those without a whole bundle
  lost                      events that could not be read, at most
  notes_lost                authors, notes and links of changes that could not be read

The next sync brings what the relay has: it replaces loose events in their sealed form and brings lost ones back. Loose
events that no relay has go on as changes of this device.
)",
      .run = run};
}

}  // namespace tidemark::cli
