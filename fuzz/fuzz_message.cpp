// Messages from hostile frames: what decodes encodes to a message that says the same and is written the same.
#include "hlc/assert.h"
#include "sync/message.h"

using namespace tidemark;
using namespace tidemark::sync;

namespace {

void check(const Frame& frame) {
  const auto message = decode_message(frame);
  if (!message) {
    TIDEMARK_ASSERT(!message.error().code.empty());
    return;
  }
  const Frame encoded = encode_message(*message);
  TIDEMARK_ASSERT(encoded.text == frame.text);
  // Binary messages have one form only; text has one that we write.
  if (!frame.text) TIDEMARK_ASSERT(*encoded.bytes == *frame.bytes);
  const auto again = decode_message(encoded);
  TIDEMARK_ASSERT(again && again->index() == message->index());
  TIDEMARK_ASSERT(*encode_message(*again).bytes == *encoded.bytes);
  TIDEMARK_ASSERT(bundle_bytes(*message) <= frame.bytes->size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::make_shared<const Bytes>(data, data + size);
  check({true, bytes});
  check({false, bytes});
  return 0;
}
