// The history of an entity as drawings: SVG that stands alone, for light and dark pages.
#pragma once

#include <string>
#include <string_view>

#include "client/history.h"

namespace tidemark {

// Who wrote what when: a lane for each author and device, a box for each change, in the order of the stamps.
std::string timeline_svg(const std::string& entity, const Timeline& timeline);

// Which write had seen which: a graph for each attribute, or for this one if it is not empty. A line goes from each write to
// those whose authors had seen it, a dashed one to the change that settled it.
std::string graph_svg(const std::string& entity, const Timeline& timeline, std::string_view attribute = {});

}  // namespace tidemark
