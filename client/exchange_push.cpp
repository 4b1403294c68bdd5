// Sending: the outbox as sealed bundles in chain order, what a refill asks for, and the heads it is decided by.
#include <algorithm>
#include <utility>

#include "bundles/chain.h"
#include "bundles/envelope.h"
#include "client/exchange.h"
#include "client/seal.h"

namespace tidemark {
namespace {

constexpr std::size_t push_frame_bytes = 256 * 1024;
constexpr std::size_t head_bytes_max = 8 + 10 + 32;

}  // namespace

// Nothing is sealed while a fork is open: the changes that leave the old node come before those of the new one.
void Exchange::seal_all() {
  const auto own_nodes = store_.own_nodes();
  if (std::any_of(own_nodes.begin(), own_nodes.end(), [](const auto& own) { return own.forked; })) return;
  for (const store::OwnNode& own : own_nodes) {
    if (own.unsealed == 0) continue;
    while (seal_next(store_, own.node, options_.bundle_events_max)) {}
  }
}

void Exchange::pump() {
  if (hello_due_) return;
  seal_all();
  for (const store::OwnNode& own : store_.own_nodes()) {
    if (own.forked || blocked_.count(own.node) != 0 || early_.count(own.node) != 0) continue;
    const auto position = pushed_.try_emplace(own.node, own.confirmed).first;
    if (!push_node(own.node, own.head.n, position->second)) return;
  }
  for (auto& [node, position] : giving_) {
    if (!push_node(node, store_.head(node).n, position)) return;
  }
}

// False if the next bundle must wait for room. It is kept then, since every confirmation asks for it anew.
bool Exchange::push_node(NodeId node, std::uint64_t up_to, std::uint64_t& position) {
  std::vector<sync::ClientSession::Outgoing> frame;
  std::size_t bytes = 0;
  while (position < up_to) {
    sync::ClientSession::Outgoing next = outgoing(node, position + 1);
    if (bytes + next.envelope.size() > session_.room()) {
      waiting_ = std::move(next);
      break;
    }
    bytes += next.envelope.size();
    frame.push_back(std::move(next));
    ++position;
    if (bytes < push_frame_bytes) continue;
    session_.push(frame);
    frame.clear();
    bytes = 0;
  }
  if (!frame.empty()) session_.push(frame);
  return position >= up_to;
}

sync::ClientSession::Outgoing Exchange::outgoing(NodeId node, std::uint64_t n) {
  const store::BundleRow row = store_.bundle(node, n).value();
  if (waiting_ && waiting_->head == row.head) return *std::exchange(waiting_, std::nullopt);
  if (row.parked) return {row.head, row.events, std::move(store_.parked(node, n).value().envelope)};
  return {row.head, row.events, pack_envelope(encode_again(store_, node, n).bytes)};
}

// Everything we hold, but of a node with a bundle that is still too far ahead only what lies before it: the relay would
// refuse the rest.
void Exchange::send_heads() {
  std::vector<Head> heads = store_.heads();
  for (const store::ParkedRow& parked : store_.parked()) {
    if (parked.reason != "clock_ahead" || !too_far_ahead(parked.last)) continue;
    const auto at =
        std::find_if(heads.begin(), heads.end(), [&](const Head& head) { return head.node == parked.head.node; });
    if (at == heads.end() || at->n < parked.head.n) continue;
    if (parked.head.n == 1)
      heads.erase(at);
    else
      *at = {parked.head.node, parked.head.n - 1, hash_at(parked.head.node, parked.head.n - 1)};
  }
  compared_digest_ = heads_digest(heads);
  constexpr std::size_t page_heads = (sync::max_heads_page_bytes - 16) / head_bytes_max;
  for (std::size_t from = 0; from == 0 || from < heads.size(); from += page_heads) {
    const std::size_t to = std::min(heads.size(), from + page_heads);
    session_.send(sync::HeadsPage{{heads.begin() + std::ptrdiff_t(from), heads.begin() + std::ptrdiff_t(to)},
                                  to == heads.size()});
  }
}

}  // namespace tidemark
