// What must succeed: the value, or its Error thrown as a sentence.
#pragma once

#include <stdexcept>
#include <utility>

#include "crdt/error.h"

namespace tidemark::bench {

template <class T>
T need(Result<T> result) {
  if (!result) throw std::runtime_error(to_string(result.error()));
  return std::move(*result);
}

}  // namespace tidemark::bench
