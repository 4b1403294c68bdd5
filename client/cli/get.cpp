#include "client/cli/absent.h"
#include "client/cli/entity_line.h"
#include "client/cli/files.h"
#include "client/cli/verb.h"

namespace tidemark::cli {
namespace {

// Says why there is nothing to show.
Error absent(const Replica& replica, const std::string& file, const std::string& entity,
             const std::optional<std::string>& attribute) {
  if (auto error = check_known(replica, entity)) return *error;
  if (!replica.get(entity)) {
    return {"not_found",
            "entity",
            excerpt(entity) + ", which is deleted",
            "",
            "To bring it back: tidemark restore " + file + " " + entity,
            Retry::after_fix};
  }
  return unknown_attribute(entity, attribute.value_or(""));
}

int run(const Args& args, Console& console) {
  const Replica replica = open_for_reading(args.words()[0]);
  const std::string& entity = args.words()[1];
  const auto attribute = args.word(2);
  if (attribute) {
    if (const auto value = replica.get(entity, *attribute)) {
      console.out().line(value->to_json());
      return exit_ok;
    }
  } else if (const auto found = replica.get(entity)) {
    console.out().line(attributes_line(*found));
    return exit_ok;
  }
  return console.refuse(absent(replica, args.words()[0], entity, attribute));
}

}  // namespace

Verb get_verb() {
  return {.name = "get",
          .words = "FILE ENTITY [ATTR]",
          .summary = "print an entity, or one value of it",
          .words_min = 2,
          .words_max = 3,
          .flags = {},
          .more = R"(Prints the current attributes of an entity as a JSON object with sorted keys, or one value as JSON.
What was never written, or is deleted, is not_found (exit code 1).

  tidemark get notes.tidemark note-1
  {"done":false,"title":"Shopping"}
  tidemark get notes.tidemark note-1 title
  "Shopping"
)",
          .run = run};
}

}  // namespace tidemark::cli
