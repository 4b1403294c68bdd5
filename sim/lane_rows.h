// LaneRows: what both lane diagrams draw, row by row: moments sorted into lanes, messages with their two ends, chatter
// folded. Internal to lanes_text.cpp and lanes_svg.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/lanes.h"

namespace tidemark::sim {

struct LaneRow {
  enum class Kind {
    across,   // something that concerns everybody
    at_node,  // something at one node
    message,  // sent and arrived in one row
    missing,  // sent and lost in one row
    leaving,  // sent; the other end, if there is one, has a row of its own
    coming,   // arrived
    losing,   // lost
    chatter   // several messages between two nodes, either way
  };
  Kind kind = Kind::across;
  Moment::Kind moment = Moment::Kind::write;
  std::int64_t ms = 0;
  std::size_t lane = 0;              // at_node: where; else where it comes from, chatter: the device
  std::optional<std::size_t> other;  // where it goes; none if it is not known
  std::uint64_t message = 0;
  std::string text;          // printable
  std::size_t messages = 0;  // chatter: how many
  bool beside = false;       // the same as the row before, at the same time, in a lane further right: drawn beside it
};

struct LaneRows {
  std::vector<std::string> lanes;  // from the left
  std::vector<LaneRow> rows;
};

// `joins`: messages that nothing came between take one row instead of one for each end.
LaneRows arrange(const std::vector<Moment>& moments, const LaneOptions& options, bool joins);

// "0:01.204", "1:02:03.004", with days from "1d 0:00:00.000" on.
std::string time_label(std::int64_t ms);

bool failed(const LaneRow& row);

}  // namespace tidemark::sim
