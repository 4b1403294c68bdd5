#include "client/cli/describing.h"
#include "client/cli/marking.h"
#include "client/cli/verb.h"

namespace tidemark::cli {
namespace {

int run(const Args& args, Console& console) { return mark(args, console, true); }

}  // namespace

Verb delete_verb() {
  return {
      .name = "delete",
      .words = "FILE ENTITY",
      .summary = "mark an entity deleted",
      .words_min = 2,
      .words_max = 2,
      .flags = with_describing({}),
      .more =
          R"(Marks an entity deleted, as one change, and prints its stamp. Its attributes stay in the file, also what
another device writes to them meanwhile, and come back with `tidemark restore`.

  tidemark delete notes.tidemark note-1
)",
      .run = run};
}

}  // namespace tidemark::cli
