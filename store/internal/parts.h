// What a Store is made of.
#pragma once

#include <optional>
#include <vector>

#include "store/internal/file.h"
#include "store/store.h"

namespace tidemark::store {

struct Store::Parts : internal::File {
  using internal::File::File;

  // What own_nodes() gave last, and of which version of the file that is true: a sync asks several times a message.
  std::optional<Version> own_nodes_version;
  std::vector<OwnNode> own_nodes;
};

}  // namespace tidemark::store
