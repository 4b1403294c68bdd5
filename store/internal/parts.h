// What a Store is made of.
#pragma once

#include "store/internal/file.h"
#include "store/store.h"

namespace tidemark::store {

struct Store::Parts : internal::File {
  using internal::File::File;
};

}  // namespace tidemark::store
