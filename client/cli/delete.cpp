#include "client/cli/marking.h"
#include "client/cli/verb.h"

namespace tidemark::cli {
namespace {

int run(const Args& args, Console& console) { return mark(args, console, &Replica::erase); }

}  // namespace

Verb delete_verb() {
  return {"delete", "FILE ENTITY", "mark an entity deleted", 2, 2, {},
          "Marks an entity deleted, as one change, and prints its stamp. Its attributes stay in the file, also those that\n"
          "another device writes meanwhile, and come back with `tidemark restore`.\n"
          "\n"
          "  tidemark delete notes.tidemark note-1\n",
          run};
}

}  // namespace tidemark::cli
