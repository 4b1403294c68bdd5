#include "client/cli/absent.h"
#include "client/cli/describing.h"
#include "client/cli/undoing.h"
#include "client/cli/verb.h"
#include "client/replica.h"

namespace tidemark::cli {
namespace {

int run(const Args& args, Console& console) {
  const Result<std::uint64_t> count = read_last(args);
  if (!count) return console.refuse(count.error());
  Draft said;
  if (const auto error = describe(args, said)) return console.refuse(*error);
  Replica replica = Replica::open(args.words()[0]);
  const std::string entity = args.word(1).value_or("");
  if (args.word(1)) {
    if (const auto error = check_known(replica, entity)) return console.refuse(*error);
  }
  return print_undone(replica.redo(*count, entity, std::move(said.metadata), std::move(said.links)), console);
}

}  // namespace

Verb redo_verb() {
  Flag last = last_flag();
  last.help = "the last N undos that still show, one after the other; default: 1";
  return {
      .name = "redo",
      .words = "FILE [ENTITY] [--last N]",
      .summary = "bring back what an undo took",
      .words_min = 1,
      .words_max = 2,
      .flags = with_describing({last}),
      .more =
          R"(Undoes the last undo, in the whole file or in one entity, unless somebody wrote there since. Prints what
`tidemark undo` prints.

  tidemark redo notes.tidemark note-1
  {"written":["..."],"undone":["..."],"left_alone":[]}
)",
      .run = run};
}

}  // namespace tidemark::cli
