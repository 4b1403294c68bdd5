// A to-do list on the command line: todo FILE add TASK TITLE | done TASK | list | undo | redo | settle
#include <tidemark/replica.h>

#include <iostream>

using namespace tidemark;

namespace {

int code_of(const auto& result) {
  if (!result) std::cerr << to_string(result.error()) << "\n";
  return result ? 0 : 1;
}

// --- undo and conflicts ---
int undo(Replica& tasks) {
  UndoRequest last;
  last.this_device = true;  // not what came from somebody else meanwhile
  return code_of(tasks.undo(last));
}

int redo(Replica& tasks) { return code_of(tasks.redo()); }

// Asks about each write that lost to somebody who had not seen it.
int settle(Replica& tasks) {
  for (auto open = tasks.conflicts(); !open.empty(); open = tasks.conflicts()) {
    const Conflict& conflict = open.front();
    std::cout << conflict.cell.entity << ": " << conflict.winner.value.to_json() << " stands, "
              << conflict.loser.value.to_json() << " was lost. keep or take?" << std::endl;
    std::string answer;
    if (!std::getline(std::cin, answer)) break;
    const Settlement how = answer == "take" ? Settlement(Take{conflict.loser.stamp}) : Settlement(Keep{});
    if (code_of(tasks.settle(conflict.cell, how)) != 0) return 1;
  }
  return 0;
}
// ---

int list(const Replica& tasks) {
  for (const auto& [task, attributes] : tasks.list()) {
    const auto title = attributes.find("title");
    const bool is_done = attributes.count("done") != 0 && attributes.at("done") == Value::boolean(true);
    std::cout << (is_done ? "[x] " : "[ ] ") << task << " "
              << (title == attributes.end() ? "" : title->second.to_json()) << "\n";
  }
  return 0;
}

}  // namespace

int main(int count, char** words) {
  const std::vector<std::string> said(words + 1, words + count);
  const std::string verb = said.size() < 2 ? "" : said[1];
  if (said.empty()) return 2;
  Replica tasks = Replica::open_or_create(said[0], "to-do");
  if (verb == "add" && said.size() == 4) return code_of(tasks.set(said[2], "title", Value::text(said[3])));
  if (verb == "done" && said.size() == 3) return code_of(tasks.set(said[2], "done", Value::boolean(true)));
  if (verb == "list") return list(tasks);
  if (verb == "undo") return undo(tasks);
  if (verb == "redo") return redo(tasks);
  if (verb == "settle") return settle(tasks);
  std::cerr << "todo FILE add TASK TITLE | done TASK | list | undo | redo | settle\n";
  return 2;
}
