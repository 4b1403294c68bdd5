#include "client/cli/json_line.h"
#include "client/cli/verb.h"
#include "client/replica.h"

namespace tidemark::cli {
namespace {

int run(const Args& args, Console& console) {
  const std::string attributes = args.value("--attribute").value_or("*");
  if (attributes.empty()) return console.refuse(usage_error("--attribute", "an empty one", "PATTERN"));
  Replica replica = Replica::open(args.words()[0]);
  replica.set_merge_policy(attributes, MergePieces{});
  const std::size_t merged = replica.merge_conflicts();
  console.out().line(JsonLine().number("merged", merged).number("conflicts", replica.conflicts().size()).str());
  return exit_ok;
}

}  // namespace

Verb merge_verb() {
  return {
      .name = "merge",
      .words = "FILE [--attribute PATTERN]",
      .summary = "merge conflicts that do not clash",
      .words_min = 1,
      .words_max = 1,
      .flags = {{"--attribute", "PATTERN",
                 "only attributes of this name, or with a * at its end of names that begin so"}},
      .more =
          R"(Merges lost values with those that won, piece by piece: lines and words of texts, keys of objects, elements of
lists. Where both sides changed the same piece differently, the conflict stays for `tidemark settle`. Prints how many
attributes were merged, and how many conflicts the file has left.

  tidemark merge notes.tidemark --attribute 'note.*'
  {"merged":2,"conflicts":1}
)",
      .run = run};
}

}  // namespace tidemark::cli
