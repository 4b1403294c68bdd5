#include "tests/sync/samples.h"

namespace tidemark::sync {

std::vector<Message> one_of_each() {
  static const std::vector<ChainLink> chain = chain_of(node_a, 2);
  Hello hello = hello_of(node_a, 7);
  hello.others = {head_of(node_b, 3), head_of(node_c, 0)};
  hello.cursor = Cursor{log_of(0x10), 12, hash_of(1)};
  hello.digest = hash_of(2);
  hello.refill = log_of(0x10);
  hello.credential = "secret";
  hello.plain = true;
  Welcome welcome = welcome_to(hello, Verdict::fork);
  welcome.first_seq = 5;
  welcome.seq = 90;
  welcome.time_trusted = false;
  welcome.limits.in_flight_bytes = 2 * max_in_flight_bytes;
  welcome.digest = hash_of(3);
  const Confirm confirm{node_a, 7, 91, "durable", std::int64_t(sample_ms), false};
  const ErrorMessage error{
      {"clock_ahead", "field", "got", "limit", "hint", Retry::after_fix}, head_of(node_a, 6), 1234};
  return {hello,
          welcome,
          confirm,
          Want{head_of(node_b, 3)},
          Lack{head_of(node_b, 4)},
          Compared{hash_of(4), 9},
          error,
          Push{envelopes_of(chain)},
          Entries{92, {{head_of(node_b, 2), {}}, {std::nullopt, chain[0].envelope}}},
          ChainPart{envelopes_of(chain), true},
          HeadsPage{{head_of(node_a, 1), head_of(node_b, 2)}, true}};
}

}  // namespace tidemark::sync
