// Lanes: the moments of a trace as a lane diagram, time downwards, one lane a node, messages between them: as text for
// terminals and as a picture for pages. Both say the same. Pure.
//
// Moments without a lane stand across all of them. A moment that was checked is shown as failed if its text begins with
// "failed".
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "sim/trace.h"

namespace tidemark::sim {

struct LaneOptions {
  // Lanes from the left. Those not named follow in order of first appearance, the relay ("relay") last of all.
  std::vector<std::string> order;
  // Chatter is what connected and what arrived before anything else happened: it becomes one line a device. What was
  // lost, or was under way while something else happened, is always shown by itself.
  bool fold = true;

  std::size_t width = 100;  // text: columns; more are used if a lane would get too narrow
  bool colour = false;      // text: with ANSI colours

  std::string title = "Lane diagram";  // picture: its name and, for those who cannot see it, what it shows
  std::string description;
};

// Lines of UTF-8, each ending with a newline and without trailing spaces. Empty if there are no moments.
std::string lanes_text(const std::vector<Moment>& moments, const LaneOptions& options = {});

// A complete SVG document that follows the reader's light or dark colour scheme. Texts that do not fit are shortened
// and stand in full in their tooltip.
std::string lanes_svg(const std::vector<Moment>& moments, const LaneOptions& options = {});

}  // namespace tidemark::sim
