#include "client/cli/history_line.h"

#include "client/cli/describing.h"

namespace tidemark::cli {

std::string history_line(const store::HistoryRow& row) {
  JsonLine line;
  line.stamp("stamp", row.stamp)
      .text("node", to_string(row.stamp.node))
      .text("entity", row.event.cell.entity)
      .text("attribute", row.event.cell.attribute)
      .value("value", row.event.value)
      .stamp("base", row.event.base)
      .json("wins", row.wins ? "true" : "false");
  if (row.printed_as) line.stamp("was", *row.printed_as);
  add_description(line, row.metadata, row.links);
  return line.str();
}

}  // namespace tidemark::cli
