#include "client/cli/describing.h"
#include "client/cli/files.h"
#include "client/cli/verb.h"
#include "store/store.h"

namespace tidemark::cli {
namespace {

void export_state(const Replica& replica, bool stamps, Output& out) {
  replica.store().for_each_cell([&](const store::CellState& cell) {
    JsonLine line;
    line.text("attribute", cell.cell.attribute).text("entity", cell.cell.entity).value("value", cell.value);
    if (stamps) line.stamp("stamp", cell.stamp);
    out.line(line.str());
    return !out.closed();
  });
}

void export_events(const Replica& replica, Output& out) {
  replica.store().for_each_event([&](const store::HistoryRow& row) {
    JsonLine line;
    line.number("t", row.stamp.ms)
        .stamp("stamp", row.stamp)
        .stamp("base", row.event.base)
        .text("entity", row.event.cell.entity)
        .text("attribute", row.event.cell.attribute)
        .value("value", row.event.value);
    add_description(line, row.metadata, row.links);
    out.line(line.str());
    return !out.closed();
  });
}

int run(const Args& args, Console& console) {
  if (args.has("--state") == args.has("--events")) {
    return console.refuse(
        usage_error("flags", args.has("--state") ? "--state and --events" : "neither", "either --state or --events"));
  }
  if (args.has("--stamps") && args.has("--events")) {
    return console.refuse(
        usage_error("--stamps", "it beside --events", "it beside --state", "Events show their stamps anyway"));
  }
  const Replica replica = open_for_reading(args.words()[0]);
  if (args.has("--state")) {
    export_state(replica, args.has("--stamps"), console.out());
  } else {
    export_events(replica, console.out());
  }
  return exit_ok;
}

}  // namespace

Verb export_verb() {
  return {
      .name = "export",
      .words = "FILE --state [--stamps] | FILE --events",
      .summary = "print the state or all events",
      .words_min = 1,
      .words_max = 1,
      .flags = {{"--state", "", "a line a cell: {\"attribute\":A,\"entity\":E,\"value\":V}"},
                {"--stamps", "", "with the stamp of each value, as last member"},
                {"--events", "", "a line an event, with t, stamp and base"}},
      .more = R"(--state prints every current value, deleted entities included, sorted by entity and attribute as bytes.
Replicas that hold the same events print the same bytes, so this compares them:

  tidemark export notes.tidemark --state | sha256sum

--events prints every event, sorted by stamp, entity and attribute, with author, source, note, meta and links if
its change says them; `tidemark import` takes it.
)",
      .run = run};
}

}  // namespace tidemark::cli
