#include "client/cli/absent.h"
#include "client/cli/files.h"
#include "client/cli/json_line.h"
#include "client/cli/verb.h"
#include "client/cli/when.h"

namespace tidemark::cli {
namespace {

int run(const Args& args, Console& console) {
  const Result<When> before = read_when(args.words()[1]);
  if (!before) return console.refuse(before.error());
  const Result<When> after = read_when(args.words()[2]);
  if (!after) return console.refuse(after.error());
  const Replica replica = open_for_reading(args.words()[0]);
  const std::string entity = args.word(3).value_or("");
  if (args.word(3)) {
    if (const auto error = check_known(replica, entity)) return console.refuse(*error);
  }
  const auto differences = replica.diff(*before, *after, entity);
  if (!differences) return console.refuse(differences.error());
  for (const Difference& difference : *differences) {
    JsonLine line;
    line.text("entity", difference.cell.entity).text("attribute", difference.cell.attribute);
    if (difference.before) line.value("before", *difference.before);
    if (difference.after) line.value("after", *difference.after);
    console.out().line(line.str());
  }
  return exit_ok;
}

}  // namespace

Verb diff_verb() {
  return {
      .name = "diff",
      .words = "FILE WHEN WHEN [ENTITY]",
      .summary = "print what differs between two points of the past",
      .words_min = 3,
      .words_max = 4,
      .flags = {},
      .more =
          std::string(
              R"(Prints a line for each value that differs, ascending by entity and attribute. before or after is left out where the
attribute was not written yet.

  tidemark diff notes.tidemark 2026-11-19 now
  {"entity":"note-1","attribute":"title","before":"Shop","after":"Shopping"}
  tidemark diff notes.tidemark '#1' '#3' note-1

)") + when_help,
      .run = run};
}

}  // namespace tidemark::cli
