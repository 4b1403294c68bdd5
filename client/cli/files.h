// How the verbs open what they are given.
#pragma once

#include <string>

#include "client/replica.h"

namespace tidemark::cli {

// For verbs that only look: works on read-only media too, and changes nothing.
inline Replica open_for_reading(const std::string& path) {
  ReplicaOptions options;
  options.read_only = true;
  return Replica::open(path, options);
}

}  // namespace tidemark::cli
