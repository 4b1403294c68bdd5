// An application that knows Tidemark only through its package.
#include <tidemark/history_svg.h>
#include <tidemark/replica.h>
#include <cstdio>

int main() {
  auto notes = tidemark::Replica::create(":memory:", "notes");
  const auto written = notes.set("note-1", "title", tidemark::Value::text("Shopping"));
  const auto title = notes.get("note-1", "title");
  const bool right = written && title && title->as_string() == "Shopping";
  if (tidemark::timeline_svg("note-1", notes.timeline("note-1")).find("Shopping") == std::string::npos) return 1;
  std::puts(right ? "written and read" : "the value did not come back");
  return right ? 0 : 1;
}
