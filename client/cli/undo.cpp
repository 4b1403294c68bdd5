#include "client/cli/absent.h"
#include "client/cli/describing.h"
#include "client/cli/undoing.h"
#include "client/cli/verb.h"
#include "client/cli/when.h"
#include "client/replica.h"

namespace tidemark::cli {
namespace {

// At most one says what to undo, and what belongs to one of them stands beside that one.
std::optional<Error> check_flags(const Args& args) {
  std::string choice;
  for (const char* flag : {"--last", "--to", "--by", "--group", "--change"}) {
    if (!args.has(flag)) continue;
    if (!choice.empty()) return usage_error("flags", choice + " and " + flag, "one of them");
    choice = flag;
  }
  if (args.value("--by") == "") return usage_error("--by", "nobody", "AUTHOR");
  if (args.has("--since") && choice != "--by") return usage_error("--since", "it alone", "it beside --by AUTHOR");
  if (args.has("--this-device") && !choice.empty() && choice != "--last")
    return usage_error("--this-device", "it beside " + choice, "it alone or beside --last");
  return std::nullopt;
}

Result<UndoRequest> read_request(const Args& args) {
  UndoRequest request;
  request.entity = args.word(1).value_or("");
  request.this_device = args.has("--this-device");
  request.by = args.value("--by");
  if (args.has("--last")) {
    const Result<std::uint64_t> count = read_last(args);
    if (!count) return count.error();
    request.count = *count;
  }
  if (const auto text = args.value("--since")) {
    const Result<std::int64_t> since_ms = read_time_from("--since", *text);
    if (!since_ms) return since_ms.error();
    request.since_ms = *since_ms;
  }
  for (const std::string& text : args.values("--change")) {
    const Result<Stamp> stamp = read_stamp("--change", text);
    if (!stamp) return stamp.error();
    request.changes.push_back(*stamp);
  }
  for (const auto& [flag, into] : {std::pair("--to", &request.to), std::pair("--group", &request.correlation)}) {
    const Result<std::optional<Stamp>> stamp = stamp_flag(args, flag);
    if (!stamp) return stamp.error();
    *into = *stamp;
  }
  Draft said;
  if (const auto error = describe(args, said)) return *error;
  request.metadata = std::move(said.metadata);
  request.links = std::move(said.links);
  return request;
}

int run(const Args& args, Console& console) {
  if (const auto error = check_flags(args)) return console.refuse(*error);
  const Result<UndoRequest> request = read_request(args);
  if (!request) return console.refuse(request.error());
  Replica replica = Replica::open(args.words()[0]);
  if (args.word(1)) {
    if (const auto error = check_known(replica, request->entity)) return console.refuse(*error);
  }
  return print_undone(replica.undo(*request), console);
}

}  // namespace

Verb undo_verb() {
  return {
      .name = "undo",
      .words = "FILE [ENTITY] [--last N | --to STAMP | --by AUTHOR | --group STAMP | --change STAMP...]",
      .summary = "take changes back, as a change of its own",
      .words_min = 1,
      .words_max = 2,
      .flags = with_describing({last_flag(),
                                {"--this-device", "", "of these, only changes that this device wrote"},
                                {"--to", "STAMP", "everything after this change"},
                                {"--by", "AUTHOR", "everything by this author"},
                                {"--since", "TIME", "of these, what was written at this time or date, or later"},
                                {"--group", "STAMP", "this change and those that have it as their correlation"},
                                {"--change", "STAMP", "this change", true}}),
      .more =
          R"(Writes a new change that puts back what would be there without the changes that are undone: the last one that
still shows if no flag says which, in the whole file or in one entity. Nothing leaves the history, and undoing an
undo brings back what it took: see `tidemark redo`.

  tidemark undo notes.tidemark note-1 --last 2
  tidemark undo notes.tidemark --by importer --since 2026-11-20 --note 'wrong file'
  {"written":["..."],"undone":["..."],"left_alone":[]}

  written     the changes that undo
  undone      what they undo
  left_alone  attributes that somebody wrote over since, which keep what they show: change is what was not undone
              there, by is what is in the way
)",
      .run = run};
}

}  // namespace tidemark::cli
