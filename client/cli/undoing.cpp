#include "client/cli/undoing.h"

#include <charconv>
#include <vector>

#include "client/cli/json_line.h"

namespace tidemark::cli {

Flag last_flag() { return {"--last", "N", "the last N changes that still show, one after the other; default: 1"}; }

Result<std::uint64_t> read_last(const Args& args) {
  const auto text = args.value("--last");
  if (!text) return std::uint64_t{1};
  std::uint64_t count = 0;
  const auto [end, failure] = std::from_chars(text->data(), text->data() + text->size(), count);
  if (failure != std::errc() || end != text->data() + text->size() || count == 0)
    return usage_error("--last", *text, "a whole number from 1");
  return count;
}

int print_undone(const Result<Undone>& undone, Console& console) {
  if (!undone) return console.refuse(undone.error());
  std::vector<std::string> left_alone;
  for (const LeftAlone& left : undone->left_alone) {
    left_alone.push_back(JsonLine()
                             .text("entity", left.cell.entity)
                             .text("attribute", left.cell.attribute)
                             .stamp("change", left.change)
                             .stamp("by", left.by)
                             .str());
  }
  console.out().line(JsonLine()
                         .stamps("written", undone->written)
                         .stamps("undone", undone->undone)
                         .list("left_alone", left_alone)
                         .str());
  return exit_ok;
}

}  // namespace tidemark::cli
