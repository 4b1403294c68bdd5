#include <tidemark/replica.h>

#include <iostream>

int main(int argc, char** argv) {
  using tidemark::Replica, tidemark::Value;
  Replica notes = Replica::open_or_create(argv[1], "my-notes");
  if (!notes.set("note-1", "title", Value::text("Shopping"))) return 1;
  auto watching = notes.observe([&](const auto& cells) {
    for (const auto& cell : cells) std::cout << cell.entity << " " << cell.attribute << " changed\n";
  });
  if (!notes.set("note-1", "done", Value::boolean(false))) return 1;
  for (const auto& note : notes.list()) std::cout << note.id << ": " << note.attributes.at("title").to_json() << "\n";
  if (argc > 2) return (*notes.sync(argv[2]))->wait_synced(30'000) ? 0 : 1;  // ws://HOST:PORT, on a thread of its own
}
