#include "crdt/change_view.h"

namespace tidemark {
namespace {

Event to_event(const EventView& view) {
  return {{std::string(view.cell.entity), std::string(view.cell.attribute)}, Value(view.value), view.base};
}

Metadata to_metadata(const MetadataView& view) {
  return {std::string(view.author), std::string(view.source), std::string(view.note), std::string(view.json)};
}

}  // namespace

Change to_change(const ChangeView& view) {
  Change change{view.stamp, {}, {view.links.begin(), view.links.end()}, to_metadata(view.metadata)};
  change.events.reserve(view.events.size());
  for (const EventView& event : view.events) change.events.push_back(to_event(event));
  return change;
}

}  // namespace tidemark
