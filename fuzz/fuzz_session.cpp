// Both sessions under a sequence of hostile frames: nobody breaks, what they say can be understood, and a session that
// has closed stays closed.
#include "bundles/varint.h"
#include "hlc/assert.h"
#include "sync/client_session.h"
#include "sync/relay_session.h"

using namespace tidemark;
using namespace tidemark::sync;

namespace {

// What the input is cut into: an op byte, a length, and that many bytes. What one op does:
enum Op : std::uint8_t { text, binary, welcome_ok, welcome_compare, welcome_fork, feed, drain, knows, again, ops };

Welcome welcome_to(const Hello& hello, Verdict verdict) {
  Welcome welcome;
  welcome.heads.assign(1 + hello.others.size(), hello.own);
  welcome.verdict = verdict;
  return welcome;
}

// The relay under test, and a replica that hears whatever it says.
class Pair {
 public:
  void step(std::uint8_t op, ByteView bytes) {
    const bool was_closed = relay_.closing().has_value();
    switch (Op(op % ops)) {
      case text:
        relay_.receive({true, copy(bytes)});
        break;
      case binary:
        relay_.receive({false, copy(bytes)});
        break;
      case welcome_ok:
        relay_.welcome(welcome_to(relay_.hello(), Verdict::ok), bytes.size(), false);
        break;
      case welcome_compare:
        relay_.welcome(welcome_to(relay_.hello(), Verdict::ok), 0, true);
        break;
      case welcome_fork:
        relay_.welcome(welcome_to(relay_.hello(), Verdict::fork), 0, false);
        break;
      case feed:
        feed_pushed();
        break;
      case drain:
        relay_.drained();
        break;
      case knows:
        relay_.knows(NodeId{bytes.size()}, bytes.size());
        break;
      case again:
        if (!relay_.hello().space.empty()) replica_.say_hello(relay_.hello());
        break;
      case ops:
        break;
    }
    replica_.receive({op >= 128, copy(bytes)});
    drain_both();
    if (was_closed) TIDEMARK_ASSERT(silent_);
  }

 private:
  static SharedBytes copy(ByteView bytes) { return std::make_shared<const Bytes>(bytes.begin(), bytes.end()); }

  void feed_pushed() {
    if (!relay_.hungry()) return;
    std::vector<RelaySession::Item> items;
    for (const auto& [head, envelope] : pushed_) items.push_back({&head, *envelope});
    const std::uint64_t before = relay_.fed_seq();
    relay_.feed(items);
    TIDEMARK_ASSERT(relay_.fed_seq() == before + items.size());
  }

  void drain_both() {
    while (auto ask = relay_.next_ask()) {
      TIDEMARK_ASSERT(!relay_.closing());
      auto* pushed = std::get_if<Pushed>(&*ask);
      if (!pushed) continue;
      TIDEMARK_ASSERT(decode_bundle(pushed->canonical));
      if (pushed_.size() < 8) pushed_.push_back({{pushed->header.node, pushed->header.n, {}}, pushed->envelope});
    }
    silent_ = true;
    while (const auto frame = relay_.next_frame()) {
      silent_ = false;
      TIDEMARK_ASSERT(decode_message(*frame));
    }
    while (const auto frame = replica_.next_frame()) TIDEMARK_ASSERT(decode_message(*frame));
    while (replica_.next_event()) TIDEMARK_ASSERT(!replica_.broken());
    TIDEMARK_ASSERT(replica_.in_flight() == 0);
  }

  RelaySession relay_{small_frames()};
  ClientSession replica_;
  std::vector<std::pair<Head, SharedBytes>> pushed_;
  bool silent_ = true;

  static Limits small_frames() {
    Limits limits;
    limits.delivery_bytes = 300;
    return limits;
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Reader reader(ByteView(data, size));
  Pair pair;
  for (int steps = 0; steps < 64 && reader.ok() && reader.left() > 0; ++steps) {
    const std::uint8_t op = reader.byte();
    const std::uint64_t length = reader.varint();
    const ByteView bytes = reader.bytes(std::min<std::uint64_t>(length, reader.left()));
    pair.step(op, bytes);
  }
  return 0;
}
