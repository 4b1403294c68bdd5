#include "sync/relay_session.h"

#include <algorithm>

#include "bundles/bundle_view.h"
#include "bundles/envelope.h"
#include "hlc/assert.h"

namespace tidemark::sync {

namespace {

Error large_hello(std::size_t size) {
  return {"too_large",
          "hello",
          std::to_string(size) + " bytes",
          "at most " + std::to_string(max_hello_bytes) + " bytes",
          "A hello comes first and is small.",
          Retry::never};
}

}  // namespace

void RelaySession::receive(const Frame& frame) {
  if (state_ == State::closed) return;
  const std::size_t frame_size = frame.bytes->size();
  const bool beyond_hello = frame_size > max_hello_bytes;
  if (state_ == State::awaiting_hello && beyond_hello) return fail(large_hello(frame_size), CloseCode::too_big);
  Result<Message> decoded = decode_message(frame);
  if (!decoded) {
    const std::string& code = decoded.error().code;
    const CloseCode close = code == "too_large"  ? CloseCode::too_big
                            : code == "bad_utf8" ? CloseCode::bad_payload
                                                 : CloseCode::protocol;
    return fail(decoded.error(), close);
  }
  Message& message = *decoded;
  if (auto* hello = std::get_if<Hello>(&message)) {
    if (state_ == State::greeting) return out_of_state("hello");
    if (beyond_hello) return fail(large_hello(frame_size), CloseCode::too_big);
    return on(std::move(*hello));
  }
  if (state_ != State::live) return out_of_state(name_of(message));
  if (auto* push = std::get_if<Push>(&message)) return on(*push);
  if (auto* page = std::get_if<HeadsPage>(&message)) return on(std::move(*page));
  if (auto* want = std::get_if<Want>(&message)) return asks_.push_back(*want), void();
  if (auto* lack = std::get_if<Lack>(&message)) return asks_.push_back(*lack), void();
  if (std::holds_alternative<ErrorMessage>(message)) return;  // the peer says why it will go; nothing to answer
  out_of_state(name_of(message));
}

void RelaySession::on(Hello message) {
  if (message.protocol != protocol_version) {
    return fail({"unsupported_protocol", "hello protocol", std::to_string(message.protocol),
                 std::to_string(protocol_version), "Update the older of the two programs.", Retry::after_fix},
                CloseCode::policy);
  }
  if (!hello_.space.empty() && hello_.space != message.space) {
    return fail({"out_of_state", "hello space", message.space, hello_.space,
                 "Open another connection for another space.", Retry::never},
                CloseCode::protocol);
  }
  own_.clear();
  own_.insert(message.own.node);
  for (const Head& other : message.others) own_.insert(other.node);
  known_.clear();
  comparing_ = false;
  compared_.clear();
  hello_ = std::move(message);
  state_ = State::greeting;
  asks_.push_back(hello_);
}

void RelaySession::on(const Push& message) {
  for (const ByteView envelope : message.envelopes) {
    if (state_ == State::closed) return;
    push_one(envelope);
  }
}

void RelaySession::push_one(ByteView envelope) {
  Result<Bytes> canonical = unpack_envelope(envelope);
  if (!canonical) return fail(canonical.error(), CloseCode::protocol);
  Result<BundleHeader> header = decode_header(*canonical);
  if (!header) return fail(header.error(), CloseCode::protocol);
  // No chain is this long, and no answer could name the bundle.
  if (header->n > max_number) {
    return fail({"bad_header", "n", std::to_string(header->n), "at most 2^53-1", "", Retry::never},
                CloseCode::protocol);
  }
  // The log outlives every program that reads it, so nothing enters it that a replica would have to park.
  if (const Result<BundleView> bundle = view_bundle(*canonical); !bundle) {
    ErrorMessage message{bundle.error(), Head{header->node, header->n, {}}, 0};
    return refuse(std::move(message));
  }
  asks_.push_back(
      Pushed{*header, std::move(*canonical), std::make_shared<const Bytes>(envelope.begin(), envelope.end())});
}

void RelaySession::on(HeadsPage message) {
  if (!comparing_) return out_of_state("heads");
  if (!compared_.empty() && !message.heads.empty() && !(compared_.back().node < message.heads.front().node)) {
    return fail({"bad_message", "heads page", "a node that does not ascend", "nodes ascending over all pages", "",
                 Retry::never},
                CloseCode::protocol);
  }
  if (compared_.size() + message.heads.size() > max_compared_heads) {
    return fail({"too_large", "heads", std::to_string(compared_.size() + message.heads.size()) + " nodes",
                 "at most " + std::to_string(max_compared_heads) + " nodes", "Split the space.", Retry::never},
                CloseCode::too_big);
  }
  compared_.insert(compared_.end(), message.heads.begin(), message.heads.end());
  if (!message.last) return;
  comparing_ = false;
  asks_.push_back(Compare{std::move(compared_)});
  compared_.clear();
}

std::optional<RelaySession::Ask> RelaySession::next_ask() {
  if (asks_.empty()) return std::nullopt;
  Ask ask = std::move(asks_.front());
  asks_.pop_front();
  return ask;
}

void RelaySession::welcome(const Welcome& welcome, std::uint64_t after_seq, bool compare_first) {
  if (state_ != State::greeting) return;
  state_ = welcome.verdict == Verdict::ok ? State::live : State::awaiting_hello;
  fed_seq_ = after_seq;
  comparing_ = compare_first;
  send(welcome);
}

void RelaySession::send(const Message& message) {
  if (state_ == State::closed) return;
  const auto* part = std::get_if<ChainPart>(&message);
  if (part && hello_.plain) return send_plain(*part);
  frames_.push_back(encode_message(message));
}

// Uncompressed, a part may not fit its message any more: then the rest is left to the peer's next want.
void RelaySession::send_plain(const ChainPart& part) {
  std::vector<Bytes> unpacked;
  std::size_t size = 0;
  for (const ByteView envelope : part.envelopes) {
    if (size >= limits_.delivery_bytes) break;
    unpacked.push_back(plain_envelope(envelope));
    size += unpacked.back().size();
  }
  ChainPart plain{{unpacked.begin(), unpacked.end()}, part.complete && unpacked.size() == part.envelopes.size()};
  frames_.push_back(encode_message(plain));
}

void RelaySession::refuse(ErrorMessage message) { send(message); }

void RelaySession::fail(Error error, CloseCode code) {
  if (state_ == State::closed) return;
  std::string reason = error.code;
  send(ErrorMessage{std::move(error), std::nullopt, 0});
  closing_ = Closing{code, std::move(reason)};
  state_ = State::closed;
  asks_.clear();
}

void RelaySession::out_of_state(const char* message) {
  static constexpr const char* expected[] = {"hello", "nothing before welcome",
                                             "push, want, lack, heads if asked, hello", ""};
  fail({"out_of_state", "message", message, expected[int(state_)], "", Retry::never}, CloseCode::protocol);
}

void RelaySession::knows(NodeId node, std::uint64_t n) {
  std::uint64_t& known = known_[node];
  known = std::max(known, n);
}

bool RelaySession::hungry() const { return state_ == State::live && !comparing_ && !busy_; }

bool RelaySession::holds(const Head& head) const {
  const auto known = known_.find(head.node);
  return known != known_.end() && head.n <= known->second;
}

void RelaySession::feed(std::span<const Item> items) {
  Entries entries;
  std::deque<Bytes> unpacked;  // of a session that asked for plain bundles; outlives the views in entries
  std::size_t size = 0;
  entries.first_seq = fed_seq_ + 1;
  for (const Item& item : items) {
    if (size >= limits_.delivery_bytes) {
      finish_frame(entries);
      unpacked.clear();
      size = 0;
    }
    if (holds(*item.head)) {
      entries.entries.push_back({*item.head, {}});
      size += 50;
      continue;
    }
    ByteView envelope = item.envelope;
    if (hello_.plain) envelope = unpacked.emplace_back(plain_envelope(envelope));
    entries.entries.push_back({std::nullopt, envelope});
    size += envelope.size() + 6;
  }
  if (!entries.entries.empty()) finish_frame(entries);
}

void RelaySession::finish_frame(Entries& entries) {
  fed_seq_ += entries.entries.size();
  busy_ = true;
  send(entries);
  entries = Entries{fed_seq_ + 1, {}};
}

void RelaySession::feed_shared(Frame frame, std::uint64_t last_seq) {
  TIDEMARK_ASSERT(last_seq > fed_seq_);
  fed_seq_ = last_seq;
  busy_ = true;
  frames_.push_back(std::move(frame));
}

std::optional<Frame> RelaySession::next_frame() {
  if (frames_.empty()) return std::nullopt;
  Frame frame = std::move(frames_.front());
  frames_.pop_front();
  return frame;
}

}  // namespace tidemark::sync
