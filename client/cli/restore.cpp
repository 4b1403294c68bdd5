#include "client/cli/describing.h"
#include "client/cli/marking.h"
#include "client/cli/verb.h"

namespace tidemark::cli {
namespace {

int run(const Args& args, Console& console) { return mark(args, console, false); }

}  // namespace

Verb restore_verb() {
  return {.name = "restore",
          .words = "FILE ENTITY",
          .summary = "bring a deleted entity back",
          .words_min = 2,
          .words_max = 2,
          .flags = with_describing({}),
          .more = R"(Takes the mark of `tidemark delete` back, as one change, and prints its stamp.

  tidemark restore notes.tidemark note-1

To see what is deleted: tidemark list notes.tidemark --deleted --where deleted=true
)",
          .run = run};
}

}  // namespace tidemark::cli
