#include "client/cli/marking.h"

#include "store/store.h"

namespace tidemark::cli {

int mark(const Args& args, Console& console, Result<Stamp> (Replica::*marking)(std::string_view)) {
  Replica replica = Replica::open(args.words()[0]);
  const std::string& entity = args.words()[1];
  if (replica.store().entity(entity).empty()) {
    return console.refuse(
        {"not_found", "entity", excerpt(entity), "", "This replica knows no such entity", Retry::after_fix});
  }
  const Result<Stamp> stamp = (replica.*marking)(entity);
  if (!stamp) return console.refuse(stamp.error());
  console.out().line(to_string(*stamp));
  return exit_ok;
}

}  // namespace tidemark::cli
