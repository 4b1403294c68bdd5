#include <doctest/doctest.h>

#include "tests/bundles/samples.h"

namespace tidemark {

TEST_CASE("a trailer proves content, place and space") {
  const EncodedBundle made = encode_bundle(edit_sample(), sample_previous(), sample_space);
  const auto head = check_trailer(made.bytes, sample_previous(), sample_space);
  REQUIRE(head);
  CHECK(*head == made.head);
  CHECK(head->hash ==
        next_head(sample_previous(), sample_space, ByteView(made.bytes).first(made.bytes.size() - trailer_size)));

  CHECK(code_of(check_trailer(made.bytes, Hash{}, sample_space)) == "bad_chain");
  Hash near = sample_previous();
  near[31] ^= 1;
  CHECK(code_of(check_trailer(made.bytes, near, sample_space)) == "bad_chain");
  CHECK(code_of(check_trailer(made.bytes, sample_previous(), "other")) == "bad_chain");
  CHECK(code_of(check_trailer(made.bytes, sample_previous(), "")) == "bad_chain");
  Bytes other = made.bytes;
  other.back() ^= 1;
  CHECK(code_of(check_trailer(other, sample_previous(), sample_space)) == "bad_chain");
  other = made.bytes;
  other[other.size() - trailer_size - 1] ^= 1;
  CHECK(code_of(check_trailer(other, sample_previous(), sample_space)) == "bad_chain");
}

TEST_CASE("a chain of bundles holds in its order only") {
  Hash previous{};
  std::vector<EncodedBundle> chain;
  Bundle bundle = edit_sample();
  for (bundle.n = 1; bundle.n <= 3; ++bundle.n) {
    chain.push_back(encode_bundle(bundle, previous, sample_space));
    previous = chain.back().head.hash;
  }
  CHECK(code_of(check_trailer(chain[0].bytes, Hash{}, sample_space)) == "ok");
  CHECK(code_of(check_trailer(chain[1].bytes, chain[0].head.hash, sample_space)) == "ok");
  CHECK(code_of(check_trailer(chain[2].bytes, chain[1].head.hash, sample_space)) == "ok");
  CHECK(code_of(check_trailer(chain[2].bytes, chain[0].head.hash, sample_space)) == "bad_chain");
  CHECK(code_of(check_trailer(chain[1].bytes, chain[1].head.hash, sample_space)) == "bad_chain");
}

TEST_CASE("trailers of bundles that cannot be read yet are checked all the same") {
  Bytes bytes = encoded(edit_sample());
  bytes[0] = 9;
  const std::size_t body = bytes.size() - trailer_size;
  const Hash hash = next_head(sample_previous(), sample_space, ByteView(bytes).first(body));
  std::copy_n(hash.begin(), trailer_size, bytes.begin() + static_cast<std::ptrdiff_t>(body));
  CHECK(code_of(check_trailer(bytes, sample_previous(), sample_space)) == "ok");
  CHECK(code_of(decode_bundle(bytes)) == "unsupported_version");
}

TEST_CASE("nothing to check is an error, not a head") {
  CHECK(code_of(check_trailer({}, Hash{}, "")) == "truncated");
  const Bytes bytes = encoded(edit_sample());
  CHECK(code_of(check_trailer(ByteView(bytes).first(24), Hash{}, "")) != "ok");
  CHECK(code_of(check_trailer(Bytes(max_bundle_bytes + 1), Hash{}, "")) == "too_large");
}

}  // namespace tidemark
