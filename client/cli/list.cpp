#include "client/cli/entity_line.h"
#include "client/cli/files.h"
#include "client/cli/list_options.h"
#include "client/cli/verb.h"

namespace tidemark::cli {
namespace {

int run(const Args& args, Console& console) {
  const Result<ListOptions> options = read_list_options(args);
  if (!options) return console.refuse(options.error());
  const Replica replica = open_for_reading(args.words()[0]);
  for (const Entity& entity : replica.list(*options)) {
    console.out().line(entity_line(entity));
    if (console.out().closed()) break;
  }
  return exit_ok;
}

}  // namespace

Verb list_verb() {
  return {.name = "list",
          .words = "FILE [--where ATTR=JSON]... [--deleted]",
          .summary = "print the entities",
          .words_min = 1,
          .words_max = 1,
          .flags = list_flags(),
          .more = R"(Prints one JSON object an entity, ascending by id, with the id first.

  tidemark list notes.tidemark --where done=false --where 'title="Shopping"'
  {"id":"note-1","done":false,"title":"Shopping"}

An attribute that is itself called id is left out here; `tidemark get` shows it.
)",
          .run = run};
}

}  // namespace tidemark::cli
