#include "bundles/envelope.h"

#include <zstd.h>

#include <algorithm>
#include <iterator>

#include "bundles/refusal.h"
#include "bundles/varint.h"
#include "crdt/limits.h"
#include "hlc/assert.h"

namespace tidemark {
namespace {

constexpr std::uint8_t tag_stored = 0;
constexpr std::uint8_t tag_zstd = 1;
constexpr int zstd_level = 1;
constexpr std::uint8_t magic[] = {0x28, 0xb5, 0x2f, 0xfd};

Bytes stored(ByteView canonical) {
  Bytes out;
  out.reserve(canonical.size() + 1);
  out.push_back(tag_stored);
  append_bytes(out, canonical);
  return out;
}

Error bad_envelope(std::string field, std::string got, std::string expected) {
  return {"bad_envelope", std::move(field), std::move(got), std::move(expected),
          "The sender's envelope is damaged or of an unknown kind; ask for the bundle again."};
}

Result<Bytes> decompress(ByteView rest) {
  Reader reader(rest);
  const std::uint64_t size = reader.varint();
  if (reader.malformed()) return bad_envelope("envelope size", "a malformed number", "minimal LEB128");
  if (!reader.ok()) return layout::truncated("envelope size", "a number");
  if (size > max_bundle_bytes) return layout::too_large(size);
  if (size == 0) return bad_envelope("envelope size", "0", "1 or more");

  const ByteView frame = reader.bytes(reader.left());
  // The library also reads skippable frames and, as Debian builds it, formats older than the RFC.
  if (frame.size() < sizeof magic || !std::equal(std::begin(magic), std::end(magic), frame.begin())) {
    return bad_envelope("zstd frame", "another first four bytes", "28b52ffd");
  }
  // Both checks read the frame's own headers only; the second refuses a cut frame, a second frame and trailing bytes.
  const unsigned long long content = ZSTD_getFrameContentSize(frame.data(), frame.size());
  if (content == ZSTD_CONTENTSIZE_ERROR || (content != ZSTD_CONTENTSIZE_UNKNOWN && content != size)) {
    return bad_envelope("zstd frame", "another content size or no frame", std::to_string(size) + " bytes of content");
  }
  if (ZSTD_findFrameCompressedSize(frame.data(), frame.size()) != frame.size()) {
    return bad_envelope("zstd frame", "a cut frame or bytes after it", "exactly one frame");
  }
  Bytes out(static_cast<std::size_t>(size));
  const std::size_t written = ZSTD_decompress(out.data(), out.size(), frame.data(), frame.size());
  if (ZSTD_isError(written) || written != size) {
    return bad_envelope("zstd frame", "damaged or of another size", std::to_string(size) + " bytes of content");
  }
  return out;
}

}  // namespace

Bytes pack_envelope(ByteView canonical) {
  if (canonical.size() < compress_from_bytes) return stored(canonical);
  Bytes out;
  out.push_back(tag_zstd);
  append_varint(out, canonical.size());
  const std::size_t start = out.size();
  // Room for one byte less than the stored form: the compressor gives up by itself when nothing is saved.
  out.resize(canonical.size());
  const std::size_t written =
      ZSTD_compress(out.data() + start, out.size() - start, canonical.data(), canonical.size(), zstd_level);
  if (ZSTD_isError(written)) return stored(canonical);
  out.resize(start + written);
  return out;
}

Result<Bytes> unpack_envelope(ByteView envelope) {
  if (envelope.empty()) return layout::truncated("envelope", "a first byte");
  const ByteView rest = envelope.subspan(1);
  if (envelope[0] == tag_zstd) return decompress(rest);
  if (envelope[0] != tag_stored) return bad_envelope("envelope kind", std::to_string(envelope[0]), "0 or 1");
  if (rest.size() > max_bundle_bytes) return layout::too_large(rest.size());
  return Bytes(rest.begin(), rest.end());
}

Bytes plain_envelope(ByteView envelope) {
  const Result<Bytes> canonical = unpack_envelope(envelope);
  TIDEMARK_ASSERT(canonical);
  return stored(*canonical);
}

}  // namespace tidemark
