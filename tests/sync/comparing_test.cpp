// How a relay gathers what a replica holds.
#include "tests/sync/relay_side.h"

namespace tidemark::sync {

TEST_CASE("pages of heads are gathered until the last, and nothing is fed meanwhile") {
  RelaySide relay;
  relay.greet(hello_of(node_a), Verdict::ok, 0, true);
  CHECK_FALSE(relay.session.hungry());
  relay.hear(HeadsPage{{head_of(node_a, 1), head_of(node_b, 2)}, false});
  CHECK_FALSE(relay.asks());
  CHECK_FALSE(relay.session.hungry());
  relay.hear(HeadsPage{{head_of(node_c, 3)}, true});
  const auto compare = std::get<Compare>(relay.ask());
  CHECK(compare.heads == std::vector<Head>{head_of(node_a, 1), head_of(node_b, 2), head_of(node_c, 3)});
  CHECK(relay.session.hungry());
  relay.hear(HeadsPage{{head_of(node_c, 3)}, true});
  CHECK(relay.closing() == "1002 out_of_state");
}

TEST_CASE("a replica that holds nothing sends one empty page") {
  RelaySide relay;
  relay.greet(hello_of(node_a), Verdict::ok, 0, true);
  relay.hear(HeadsPage{{}, true});
  CHECK(std::get<Compare>(relay.ask()).heads.empty());
}

TEST_CASE("nodes ascend from page to page") {
  for (const NodeId second : {node_a, node_b, node_c}) {
    RelaySide relay;
    relay.greet(hello_of(node_a), Verdict::ok, 0, true);
    relay.hear(HeadsPage{{head_of(node_b, 1)}, false});
    relay.hear(HeadsPage{{head_of(second, 1)}, true});
    CHECK(relay.closing() == (node_b < second ? "open" : "1002 bad_message"));
  }
}

TEST_CASE("a hello during a comparison starts it over") {
  RelaySide relay;
  relay.greet(hello_of(node_a), Verdict::ok, 0, true);
  relay.hear(HeadsPage{{head_of(node_c, 1)}, false});
  relay.greet(hello_of(node_a), Verdict::ok, 0, true);
  relay.hear(HeadsPage{{head_of(node_a, 1)}, true});
  CHECK(std::get<Compare>(relay.ask()).heads == std::vector<Head>{head_of(node_a, 1)});
}

TEST_CASE("a comparison names at most a million nodes") {
  constexpr std::size_t page_heads = 5000;
  RelaySide relay;
  relay.greet(hello_of(node_a), Verdict::ok, 0, true);
  HeadsPage page;
  page.heads.resize(page_heads);
  std::uint64_t node = 0;
  for (std::size_t i = 0; i < max_compared_heads / page_heads; ++i) {
    for (Head& head : page.heads) head = {NodeId{++node}, 1, hash_of(1)};
    relay.hear(page);
  }
  CHECK(relay.closing() == "open");
  relay.hear(HeadsPage{{{NodeId{++node}, 1, hash_of(1)}}, true});
  CHECK(relay.closing() == "1009 too_large");
}

}  // namespace tidemark::sync
