// An application that knows Tidemark only through its package.
#include <tidemark/replica.h>
#include <cstdio>

int main() {
  auto notes = tidemark::Replica::create(":memory:", "notes");
  const auto written = notes.set("note-1", "title", tidemark::Value::text("Shopping"));
  const auto title = notes.get("note-1", "title");
  const bool right = written && title && title->as_string() == "Shopping";
  std::puts(right ? "written and read" : "the value did not come back");
  return right ? 0 : 1;
}
