#include "crdt/merge.h"

namespace tidemark {

bool wins(const Stamp& stamp, const Value& value, const Stamp& other, const Value& other_value) {
  if (stamp != other) return other < stamp;
  return compare_canonical(value, other_value) > 0;
}

}  // namespace tidemark
