#include "client/cli/marking.h"

#include "client/cli/absent.h"
#include "client/cli/describing.h"
#include "client/replica.h"

namespace tidemark::cli {

int mark(const Args& args, Console& console, bool deleted) {
  Replica replica = Replica::open(args.words()[0]);
  const std::string& entity = args.words()[1];
  if (const auto error = check_known(replica, entity)) return console.refuse(*error);
  Draft draft;
  draft.writes.push_back({{entity, std::string(deleted_attribute)}, Value::boolean(deleted)});
  if (const auto error = describe(args, draft)) return console.refuse(*error);
  const Result<Stamp> stamp = replica.change(std::move(draft));
  if (!stamp) return console.refuse(stamp.error());
  console.out().line(to_string(*stamp));
  return exit_ok;
}

}  // namespace tidemark::cli
