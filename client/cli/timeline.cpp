#include "client/cli/absent.h"
#include "client/cli/describing.h"
#include "client/cli/drawing.h"
#include "client/cli/files.h"
#include "client/cli/verb.h"
#include "client/history_svg.h"

namespace tidemark::cli {
namespace {

std::string step_json(const TimelineStep& step) {
  JsonLine line;
  line.text("attribute", step.attribute);
  if (step.base) line.stamp("base", *step.base);
  if (step.old) line.value("old", *step.old);
  line.value("value", step.value).truth("wins", step.wins);
  if (step.by) line.stamp("by", *step.by).truth("seen", step.seen);
  return line.str();
}

std::string change_line(const TimelineChange& change) {
  constexpr std::size_t time_size = 24;
  JsonLine line;
  line.stamp("stamp", change.stamp)
      .text("time", to_string(change.stamp).substr(0, time_size))
      .text("node", to_string(change.stamp.node));
  add_description(line, change.metadata, change.links);
  std::vector<std::string> steps;
  for (const TimelineStep& step : change.steps) steps.push_back(step_json(step));
  return line.list("steps", steps).str();
}

void add_mark(JsonLine& line, const char* member, const std::optional<Mark>& mark) {
  if (!mark) {
    line.json(member, "null");
    return;
  }
  JsonLine json;
  json.stamp("stamp", mark->stamp);
  if (!mark->author.empty()) json.text("author", mark->author);
  line.json(member, json.str());
}

std::string last_line(const std::string& entity, const Timeline& timeline) {
  JsonLine line;
  line.text("entity", entity);
  add_mark(line, "created", timeline.created);
  add_mark(line, "updated", timeline.updated);
  add_mark(line, "deleted", timeline.deleted);
  std::vector<std::string> contributors;
  for (const Contributor& contributor : timeline.contributors) {
    JsonLine json;
    if (!contributor.author.empty()) json.text("author", contributor.author);
    contributors.push_back(json.text("node", to_string(contributor.node)).number("changes", contributor.changes).str());
  }
  return line.number("changes", timeline.changes.size()).list("contributors", contributors).str();
}

int run(const Args& args, Console& console) {
  const std::string& entity = args.words()[1];
  const Replica replica = open_for_reading(args.words()[0]);
  if (const auto error = check_known(replica, entity)) return console.refuse(*error);
  const Timeline timeline = replica.timeline(entity);
  if (const auto out = args.value("--svg")) return write_drawing(*out, timeline_svg(entity, timeline), console);
  for (const TimelineChange& change : timeline.changes) console.out().line(change_line(change));
  console.out().line(last_line(entity, timeline));
  return exit_ok;
}

}  // namespace

Verb timeline_verb() {
  return {.name = "timeline",
          .words = "FILE ENTITY [--svg OUT]",
          .summary = "print who wrote what of an entity, and what became of it",
          .words_min = 2,
          .words_max = 2,
          .flags = {svg_flag()},
          .more = R"(Prints a line a change, in the order of the stamps, and a last line about the entity.

  tidemark timeline notes.tidemark note-1
  {"stamp":"...","time":"2026-11-20T14:40:12.345Z","node":"...","author":"Ann",
   "steps":[{"attribute":"title","base":"...","old":"Shop","value":"Shopping","wins":true}]}
  {"entity":"note-1","created":{...},"updated":{...},"deleted":null,"changes":1,"contributors":[...]}

  author, source, note, meta, links
             what the change says about itself; left out if it says nothing
  base, old  the change that its author saw, and the value; left out of a first write
  wins       it is the current value; if not:
  by, seen   the change that took its place, and whether that one's author had seen this value
  deleted    null unless the entity is deleted now

--svg draws it instead: a lane for each author and device, for light and dark pages.

  tidemark timeline notes.tidemark note-1 --svg note-1.svg
)",
          .run = run};
}

}  // namespace tidemark::cli
