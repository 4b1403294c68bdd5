#include "client/cli/marking.h"
#include "client/cli/verb.h"

namespace tidemark::cli {
namespace {

int run(const Args& args, Console& console) { return mark(args, console, &Replica::restore); }

}  // namespace

Verb restore_verb() {
  return {"restore", "FILE ENTITY", "bring a deleted entity back", 2, 2, {},
          "Takes the mark of `tidemark delete` back, as one change, and prints its stamp.\n"
          "\n"
          "  tidemark restore notes.tidemark note-1\n"
          "\n"
          "To see what is deleted: tidemark list notes.tidemark --deleted --where deleted=true\n",
          run};
}

}  // namespace tidemark::cli
