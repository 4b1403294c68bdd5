#include "client/cli/absent.h"
#include "client/cli/describing.h"
#include "client/cli/undoing.h"
#include "client/cli/verb.h"
#include "client/cli/when.h"
#include "client/replica.h"

namespace tidemark::cli {
namespace {

int run(const Args& args, Console& console) {
  const std::string& entity = args.words()[1];
  const Result<When> when = read_when(args.words()[2]);
  if (!when) return console.refuse(when.error());
  Draft said;
  if (const auto error = describe(args, said)) return console.refuse(*error);
  Replica replica = Replica::open(args.words()[0]);
  if (const auto error = check_known(replica, entity)) return console.refuse(*error);
  const Result<std::optional<Stamp>> stamp =
      replica.restore_version(entity, *when, std::move(said.metadata), std::move(said.links));
  if (!stamp) return console.refuse(stamp.error());
  Undone done;
  if (*stamp) done.written.push_back(**stamp);
  return print_undone(done, console);
}

}  // namespace

Verb restore_version_verb() {
  return {
      .name = "restore-version",
      .words = "FILE ENTITY WHEN",
      .summary = "write what an entity held at a point of the past",
      .words_min = 3,
      .words_max = 3,
      .flags = with_describing({}),
      .more =
          std::string(
              R"(Writes, as one ordinary change, whatever differs between now and then; attributes that were not written yet become
null. Prints what `tidemark undo` prints: written is empty if nothing differs.

  tidemark restore-version notes.tidemark note-1 2026-11-20T14:40:12Z
  {"written":["..."],"undone":[],"left_alone":[]}

)") + when_help,
      .run = run};
}

}  // namespace tidemark::cli
