// A bundle read where it lies: nothing of its content is copied but the text of entities that are packed.
#pragma once

#include <span>
#include <vector>

#include "bundles/bundle.h"
#include "crdt/change_view.h"

namespace tidemark {

namespace layout {
class BodyReader;
}

class BundleView {
 public:
  NodeId node() const { return node_; }
  std::uint64_t n() const { return n_; }
  // As in a Bundle. Valid while this and the canonical bytes are; moving this moves them along.
  std::span<const ChangeView> changes() const { return changes_; }

  BundleView(BundleView&&) = default;
  BundleView& operator=(BundleView&&) = default;

 private:
  friend class layout::BodyReader;
  BundleView() = default;

  NodeId node_;
  std::uint64_t n_ = 0;
  std::vector<ChangeView> changes_;
  std::vector<EventView> events_;  // of all changes, one after the other, as are the links
  std::vector<Link> links_;
  std::vector<char> unpacked_;  // texts of the entities that are UUIDs
};

// Judges everything, from hostile bytes, like decode_bundle, which is this and a copy. Allocates a few arrays a bundle and
// nothing for an event. The bytes must outlive the view.
Result<BundleView> view_bundle(ByteView canonical);

}  // namespace tidemark
