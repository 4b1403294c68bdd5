// JSON text and values: canonical form is a fixed point, and every value survives its canonical bytes.
#include <string>
#include <string_view>

#include "crdt/json.h"
#include "crdt/value.h"
#include "hlc/assert.h"

using namespace tidemark;

namespace {

void check_value(const Value& value) {
  const std::string bytes = value.canonical_bytes();
  const auto rebuilt = Value::from_canonical(value.type(), std::string_view(bytes).substr(1));
  TIDEMARK_ASSERT(rebuilt && *rebuilt == value);
  TIDEMARK_ASSERT(rebuilt->payload_size() == bytes.size() - 1);
  TIDEMARK_ASSERT(compare_canonical(*rebuilt, value) == 0);
  TIDEMARK_ASSERT(is_canonical_json(value.to_json()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto canonical = canonical_json(text)) {
    TIDEMARK_ASSERT(is_canonical_json(*canonical));
    const auto again = canonical_json(*canonical);
    TIDEMARK_ASSERT(again && *again == *canonical);
  }
  if (const auto value = Value::from_json(text)) {
    check_value(*value);
    const auto back = Value::from_json(value->to_json());
    TIDEMARK_ASSERT(back && *back == *value);
  }
  if (size > 0 && data[0] <= static_cast<std::uint8_t>(ValueType::json)) {
    const std::string_view payload = text.substr(1);
    if (const auto value = Value::from_canonical(static_cast<ValueType>(data[0]), payload)) {
      check_value(*value);
      TIDEMARK_ASSERT(value->canonical_bytes() == text);
    }
  }
  return 0;
}
