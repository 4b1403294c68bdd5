#include "client/cli/entity_line.h"
#include "client/cli/files.h"
#include "client/cli/verb.h"

namespace tidemark::cli {
namespace {

int run(const Args& args, Console& console) {
  ListOptions options;
  options.deleted = args.has("--deleted");
  for (const std::string& condition : args.values("--where")) {
    const std::size_t equals = condition.find('=');
    if (equals == std::string::npos || equals == 0) {
      return console.refuse(usage_error("--where", condition, "ATTR=JSON", "For a text: --where 'title=\"Shopping\"'"));
    }
    Result<Value> value = Value::from_json(std::string_view(condition).substr(equals + 1));
    if (!value) {
      Error error = value.error();
      error.field = "--where " + condition.substr(0, equals) + ": " + error.field;
      return console.refuse(error);
    }
    options.where.emplace_back(condition.substr(0, equals), std::move(*value));
  }
  const Replica replica = open_for_reading(args.words()[0]);
  for (const Entity& entity : replica.list(options)) {
    console.out().line(entity_line(entity));
    if (console.out().closed()) break;
  }
  return exit_ok;
}

}  // namespace

Verb list_verb() {
  return {
      .name = "list",
      .words = "FILE [--where ATTR=JSON]... [--deleted]",
      .summary = "print the entities",
      .words_min = 1,
      .words_max = 1,
      .flags = {{"--where", "ATTR=JSON", "only entities whose attribute has this value; several must all hold", true},
                {"--deleted", "", "also entities that are deleted"}},
      .more = R"(Prints one JSON object an entity, ascending by id, with the id first.

  tidemark list notes.tidemark --where done=false --where 'title="Shopping"'
  {"id":"note-1","done":false,"title":"Shopping"}

An attribute that is itself called id is left out here; `tidemark get` shows it.
)",
      .run = run};
}

}  // namespace tidemark::cli
