// Text and binary stamps: whatever the parsers accept, they print back byte for byte, in the same order.
#include <algorithm>
#include <string>
#include <string_view>

#include "hlc/assert.h"
#include "hlc/stamp.h"

using namespace tidemark;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto node = parse_node(text)) TIDEMARK_ASSERT(to_string(*node) == text);
  if (const auto stamp = parse_stamp(text)) {
    TIDEMARK_ASSERT(to_string(*stamp) == text);
    TIDEMARK_ASSERT(decode_stamp(encode_stamp(*stamp)) == *stamp);
  }
  StampBytes first{}, second{};
  if (size < first.size() + second.size()) return 0;
  std::copy_n(data, first.size(), first.begin());
  std::copy_n(data + first.size(), second.size(), second.begin());
  const auto a = decode_stamp(first);
  const auto b = decode_stamp(second);
  if (a) {
    TIDEMARK_ASSERT(encode_stamp(*a) == first);
    TIDEMARK_ASSERT(parse_stamp(to_string(*a)) == *a);
  }
  if (a && b) {
    TIDEMARK_ASSERT((*a < *b) == (first < second));
    TIDEMARK_ASSERT((*a < *b) == (to_string(*a) < to_string(*b)));
  }
  return 0;
}
