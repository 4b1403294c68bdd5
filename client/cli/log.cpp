#include "client/cli/files.h"
#include "client/cli/history_line.h"
#include "client/cli/verb.h"
#include "client/cli/when.h"
#include "store/store.h"

namespace tidemark::cli {
namespace {

int print_change(const Replica& replica, const Stamp& stamp, Console& console) {
  const auto change = replica.find(stamp);
  if (!change) {
    return console.refuse({"not_found", "--stamp", excerpt(to_string(stamp)), "",
                           "This replica knows no change of that stamp", Retry::after_fix});
  }
  for (const Event& event : change->events) {
    for (const store::HistoryRow& row : replica.store().history(event.cell)) {
      if (row.stamp == change->stamp && row.event == event) console.out().line(history_line(row));
    }
  }
  return exit_ok;
}

int run(const Args& args, Console& console) {
  const Result<std::optional<Stamp>> stamp = stamp_flag(args, "--stamp");
  if (!stamp) return console.refuse(stamp.error());
  if (*stamp) {
    if (args.words().size() > 1) {
      return console.refuse(usage_error("argument", args.words()[1], "only FILE beside --stamp"));
    }
    return print_change(open_for_reading(args.words()[0]), **stamp, console);
  }
  for (std::size_t i = 1; i < args.words().size(); ++i) {
    if (args.words()[i].empty()) return console.refuse(usage_error("argument", "an empty one", "ENTITY or ATTR"));
  }
  const Replica replica = open_for_reading(args.words()[0]);
  if (args.words().size() == 1) {
    replica.store().for_each_event([&](const store::HistoryRow& row) {
      console.out().line(history_line(row));
      return !console.out().closed();
    });
    return exit_ok;
  }
  replica.history(args.words()[1], args.word(2).value_or(""),
                  [&](const store::HistoryRow& row) { console.out().line(history_line(row)); });
  return exit_ok;
}

}  // namespace

Verb log_verb() {
  return {.name = "log",
          .words = "FILE [ENTITY [ATTR]] | FILE --stamp STAMP",
          .summary = "print the history",
          .words_min = 1,
          .words_max = 3,
          .flags = {{"--stamp", "STAMP", "only the change of this stamp, also if it was stamped anew since"}},
          .more = R"(Prints a line an event, oldest first: of the whole file, of an entity, or of one attribute.

  tidemark log notes.tidemark note-1 title
  {"stamp":"...","node":"...","entity":"note-1","attribute":"title","value":"Shopping","base":null,"wins":true}

base is the stamp of the value that the writer saw; a value that does not win and is nobody's base was overwritten
by a writer who had not seen it. was is there if the event once had another stamp; author, source, note, meta and
links are there if its change says them.
)",
          .run = run};
}

}  // namespace tidemark::cli
