#include "client/cli/files.h"
#include "client/cli/json_line.h"
#include "client/cli/verb.h"
#include "store/store.h"

namespace tidemark::cli {
namespace {

std::string hex(const LogId& log) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (const std::uint8_t byte : log) {
    out.push_back(digits[byte >> 4]);
    out.push_back(digits[byte & 15]);
  }
  return out;
}

int run(const Args& args, Console& console) {
  const Replica replica = open_for_reading(args.words()[0]);
  const Status status = replica.status();
  JsonLine line;
  line.text("node", to_string(status.node))
      .text("space", status.space)
      .number("events", status.counts.events)
      .number("cells", status.counts.cells)
      .number("entities", status.counts.entities)
      .number("outbox", status.counts.outbox)
      .number("parked", status.counts.parked)
      .number("conflicts", replica.conflicts().size());
  if (status.cursor) {
    line.text("log", hex(status.cursor->log));
  } else {
    line.json("log", "null");
  }
  line.number("seq", status.cursor ? status.cursor->seq : 0)
      .json("clock_offset_ms", std::to_string(status.clock_offset_ms));
  console.out().line(line.str());
  return exit_ok;
}

}  // namespace

Verb status_verb() {
  return {.name = "status",
          .words = "FILE",
          .summary = "print counts and the place in the relay's log",
          .words_min = 1,
          .words_max = 1,
          .flags = {},
          .more = R"(Prints one JSON object.

  tidemark status notes.tidemark
  {"node":"89abcdef01234567","space":"my-notes","events":5,...}

  node, space      who this file is, and what it shares
  events, cells    of the whole history; current values
  entities         that have at least one value, deleted ones included
  outbox           own changes that no relay has confirmed yet
  parked           bundles that were received and cannot be applied yet: see `tidemark doctor`
  conflicts        writes that lost to writers who had not seen them: see `tidemark conflicts`
  log, seq         the relay's log and the place in it; null and 0 before the first contact
  clock_offset_ms  what is added to this machine's clock, because a relay's told it to be wrong
)",
          .run = run};
}

}  // namespace tidemark::cli
