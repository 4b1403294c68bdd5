#include "client/cli/absent.h"
#include "client/cli/describing.h"
#include "client/cli/files.h"
#include "client/cli/verb.h"

namespace tidemark::cli {
namespace {

std::string side_json(const ConflictSide& side) {
  JsonLine line;
  line.stamp("stamp", side.stamp).value("value", side.value);
  add_description(line, side.metadata, {});
  return line.str();
}

int run(const Args& args, Console& console) {
  const Replica replica = open_for_reading(args.words()[0]);
  const std::string entity = args.word(1).value_or("");
  if (args.word(1)) {
    if (const auto error = check_known(replica, entity)) return console.refuse(*error);
  }
  for (const Conflict& conflict : replica.conflicts(entity)) {
    console.out().line(JsonLine()
                           .text("entity", conflict.cell.entity)
                           .text("attribute", conflict.cell.attribute)
                           .json("base", conflict.base ? side_json(*conflict.base) : "null")
                           .json("winner", side_json(conflict.winner))
                           .json("loser", side_json(conflict.loser))
                           .str());
  }
  return exit_ok;
}

}  // namespace

Verb conflicts_verb() {
  return {
      .name = "conflicts",
      .words = "FILE [ENTITY]",
      .summary = "print writes that lost to writers who had not seen them",
      .words_min = 1,
      .words_max = 2,
      .flags = {},
      .more =
          R"(Prints a line a conflict: the current value, the value that lost to it unseen, and the last one that both had seen,
null if there is none. Each has stamp and value, and author, source, note and meta if its change says them.

  tidemark conflicts notes.tidemark
  {"entity":"note-1","attribute":"title","base":{...},"winner":{...},"loser":{"stamp":"...","value":"Groceries"}}

It stays until somebody settles it, on any device: `tidemark settle`, or `tidemark merge` where nothing clashes.
)",
      .run = run};
}

}  // namespace tidemark::cli
