#include "client/cli/absent.h"
#include "client/cli/describing.h"
#include "client/cli/verb.h"
#include "client/cli/when.h"
#include "client/replica.h"

namespace tidemark::cli {
namespace {

Result<Settlement> read_settlement(const Args& args) {
  const auto take = args.value("--take");
  const auto value = args.value("--value");
  const int given = (args.has("--keep") ? 1 : 0) + (take ? 1 : 0) + (value ? 1 : 0);
  if (given != 1)
    return usage_error("flags", given == 0 ? "none" : "several", "one of --keep, --take STAMP and --value JSON");
  if (take) {
    const Result<Stamp> loser = read_stamp("--take", *take);
    if (!loser) return loser.error();
    return Settlement(Take{*loser});
  }
  if (!value) return Settlement(Keep{});
  Result<Value> merged = Value::from_json(*value);
  if (merged) return Settlement(Merged{std::move(*merged)});
  Error error = merged.error();
  error.field = "--value: " + error.field;
  return error;
}

int run(const Args& args, Console& console) {
  const Result<Settlement> how = read_settlement(args);
  if (!how) return console.refuse(how.error());
  Draft said;
  if (const auto error = describe(args, said)) return console.refuse(*error);
  Replica replica = Replica::open(args.words()[0]);
  if (const auto error = check_known(replica, args.words()[1])) return console.refuse(*error);
  const Result<Stamp> stamp =
      replica.settle({args.words()[1], args.words()[2]}, *how, std::move(said.metadata), std::move(said.links));
  if (!stamp) return console.refuse(stamp.error());
  console.out().line(to_string(*stamp));
  return exit_ok;
}

}  // namespace

Verb settle_verb() {
  return {
      .name = "settle",
      .words = "FILE ENTITY ATTR (--keep | --take STAMP | --value JSON)",
      .summary = "end the conflicts of an attribute",
      .words_min = 3,
      .words_max = 3,
      .flags =
          with_describing({{"--keep", "", "the current value stays"},
                           {"--take", "STAMP", "the value that lost: the stamp of a loser of `tidemark conflicts`"},
                           {"--value", "JSON", "another value"}}),
      .more =
          R"(Writes the value as one change that settles all conflicts of the attribute, on every device, and prints its stamp.

  tidemark settle notes.tidemark note-1 title --keep
  tidemark settle notes.tidemark note-1 title --value '"Shopping and groceries"'
)",
      .run = run};
}

}  // namespace tidemark::cli
