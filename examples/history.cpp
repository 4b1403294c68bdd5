#include <tidemark/replica.h>

#include <iostream>

using namespace tidemark;

int main(int, char** argv) {
  Replica notes = Replica::open_or_create(argv[1], "my-notes");
  notes.set_merge_policy("body", MergePieces{});  // when two devices edit one text, both edits stay

  const auto title = [&](const char* author, const char* value) {
    Draft draft;
    draft.writes.push_back({{"note-1", "title"}, *Value::text(value)});
    draft.metadata.author = author;
    return bool(notes.change(draft));
  };
  if (!title("Ann", "Shopping") || !title("Bob", "Party")) return 1;

  UndoRequest last;
  last.entity = "note-1";
  last.metadata.author = "Ann";
  const auto undone = notes.undo(last);
  if (!undone) std::cerr << to_string(undone.error()) << "\n";  // nothing_to_undo, say, and what is in the way
  std::cout << "undone: " << notes.get("note-1", "title")->to_json() << "\n";
  if (!notes.redo(1, "note-1", last.metadata)) return 1;
  std::cout << "redone: " << notes.get("note-1", "title")->to_json() << "\n";

  const auto first = notes.get_at(NthChange{1}, "note-1", "title");
  if (first && *first) std::cout << "at first: " << (*first)->to_json() << "\n";

  for (const TimelineChange& change : notes.timeline("note-1").changes) {
    for (const TimelineStep& step : change.steps) {
      std::cout << change.metadata.author << ": " << step.attribute << " = " << step.value.to_json()
                << (step.wins ? ", as it is now\n" : "\n");
    }
  }

  for (const Conflict& conflict : notes.conflicts()) {  // an app would ask; this one keeps what won
    if (!notes.settle(conflict.cell, Keep{})) return 1;
  }
}
