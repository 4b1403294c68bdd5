#include "client/cli/absent.h"
#include "client/cli/entity_line.h"
#include "client/cli/files.h"
#include "client/cli/json_line.h"
#include "client/cli/list_options.h"
#include "client/cli/verb.h"
#include "client/cli/when.h"

namespace tidemark::cli {
namespace {

int get(const Replica& replica, const When& when, const Args& args, Console& console) {
  const std::string& entity = args.words()[3];
  const auto attribute = args.word(4);
  if (const auto error = check_known(replica, entity)) return console.refuse(*error);
  const auto then = replica.get_at(when, entity);
  if (!then) return console.refuse(then.error());
  if (!*then) {
    return console.refuse({"not_found", "entity", excerpt(entity), "one that was there then and not deleted",
                           "Its history: tidemark timeline " + args.words()[0] + " " + entity, Retry::after_fix});
  }
  if (!attribute) {
    console.out().line(attributes_line(**then));
    return exit_ok;
  }
  const auto value = (*then)->attributes.find(*attribute);
  if (value == (*then)->attributes.end()) {
    return console.refuse({"not_found", "attribute", excerpt(*attribute),
                           "one that was written in entity " + excerpt(entity) + " by then", "", Retry::after_fix});
  }
  console.out().line(value->second.to_json());
  return exit_ok;
}

int list(const Replica& replica, const When& when, const ListOptions& options, Console& console) {
  const auto then = replica.list_at(when, options);
  if (!then) return console.refuse(then.error());
  for (const Entity& entity : *then) console.out().line(entity_line(entity));
  return exit_ok;
}

int export_state(const Replica& replica, const When& when, Console& console) {
  const auto then = replica.list_at(when, {.where = {}, .deleted = true});
  if (!then) return console.refuse(then.error());
  for (const Entity& entity : *then) {
    for (const auto& [name, value] : entity.attributes)
      console.out().line(JsonLine().text("attribute", name).text("entity", entity.id).value("value", value).str());
  }
  return exit_ok;
}

int run(const Args& args, Console& console) {
  const std::string& what = args.words()[2];
  const std::size_t words = args.words().size();
  const bool gets = what == "get";
  if (!gets && what != "list" && what != "export")
    return console.refuse(usage_error("argument", what, "get, list or export after WHEN"));
  if (gets && words < 4) return console.refuse(usage_error("arguments", "too few", "ENTITY after get"));
  if (!gets && words > 3) return console.refuse(usage_error("argument", args.words()[3], "nothing after " + what));
  if (what != "list" && (args.has("--where") || args.has("--deleted")))
    return console.refuse(usage_error("flags", "--where or --deleted with " + what, "them with list only"));
  const Result<When> when = read_when(args.words()[1]);
  if (!when) return console.refuse(when.error());
  const Result<ListOptions> options = read_list_options(args);
  if (!options) return console.refuse(options.error());
  const Replica replica = open_for_reading(args.words()[0]);
  if (gets) return get(replica, *when, args, console);
  return what == "list" ? list(replica, *when, *options, console) : export_state(replica, *when, console);
}

}  // namespace

Verb at_verb() {
  return {
      .name = "at",
      .words = "FILE WHEN get ENTITY [ATTR] | FILE WHEN list [--where ATTR=JSON]... [--deleted] | FILE WHEN export",
      .summary = "get, list or export as of a point of the past",
      .words_min = 3,
      .words_max = 5,
      .flags = list_flags(),
      .more =
          std::string(
              R"(Prints what `tidemark get`, `list` and `export --state` would have printed then, had this replica known all that
it knows now: what another device wrote before WHEN counts, also if it arrived later.

  tidemark at notes.tidemark 2026-11-20T14:40:12Z get note-1 title
  tidemark at notes.tidemark '#3' get note-1
  tidemark at notes.tidemark 2026-11-20 list --where done=false

)") + when_help,
      .run = run};
}

}  // namespace tidemark::cli
