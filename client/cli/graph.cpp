#include <algorithm>

#include "client/cli/absent.h"
#include "client/cli/drawing.h"
#include "client/cli/files.h"
#include "client/cli/verb.h"
#include "client/history_svg.h"

namespace tidemark::cli {
namespace {

bool wrote(const Timeline& timeline, const std::string& attribute) {
  return std::any_of(timeline.changes.begin(), timeline.changes.end(), [&](const TimelineChange& change) {
    return std::any_of(change.steps.begin(), change.steps.end(),
                       [&](const TimelineStep& step) { return step.attribute == attribute; });
  });
}

int run(const Args& args, Console& console) {
  const auto out = args.value("--svg");
  if (!out) return console.refuse(usage_error("--svg", "nothing", "--svg OUT"));
  const std::string& entity = args.words()[1];
  const Replica replica = open_for_reading(args.words()[0]);
  if (const auto error = check_known(replica, entity)) return console.refuse(*error);
  const Timeline timeline = replica.timeline(entity);
  const auto attribute = args.word(2);
  if (attribute && !wrote(timeline, *attribute)) return console.refuse(unknown_attribute(entity, *attribute));
  return write_drawing(*out, graph_svg(entity, timeline, attribute.value_or("")), console);
}

}  // namespace

Verb graph_verb() {
  return {
      .name = "graph",
      .words = "FILE ENTITY [ATTR] --svg OUT",
      .summary = "draw which write had seen which",
      .words_min = 2,
      .words_max = 3,
      .flags = {svg_flag()},
      .more =
          R"(Draws the history of each attribute of an entity, or of one, as a graph: a line leads from each write to those
whose authors had seen it, so that writes at the same time on two devices stand side by side; a dashed one leads
from a conflict to the change that settled it. What was undone is struck out.

  tidemark graph notes.tidemark note-1 title --svg title.svg

The picture is SVG for light and dark pages, and needs no network.
)",
      .run = run};
}

}  // namespace tidemark::cli
