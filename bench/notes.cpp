#include "bench/notes.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "bundles/envelope.h"

namespace tidemark::bench {
namespace {

constexpr std::uint64_t first_ms = 1'767'225'600'000;  // 2026-01-01: behind every relay's clock
constexpr std::array<const char*, 12> attributes = {"body",  "title", "tags",   "order",  "pinned", "color",
                                                    "state", "due",   "parent", "author", "starred", "deleted"};
constexpr std::uint64_t lag_events = 4'000;  // a node has seen what others wrote before that many events

std::string word_of(std::mt19937_64& random) {
  static constexpr const char* syllables[] = {"ba", "ti", "no", "re", "la", "mu", "so", "ke", "di", "fa", "ve", "ru"};
  std::string word;
  for (std::uint64_t i = 2 + random() % 3; i > 0; --i) word += syllables[random() % std::size(syllables)];
  return word;
}

}  // namespace

Notes::Notes(NotesOptions options) : options_(options), random_(20'261'120), ms_(first_ms) {
  const std::size_t notes = std::max<std::size_t>(options_.events / 50, 8);
  for (unsigned i = 0; i < options_.nodes; ++i) node_ids_.push_back({random_()});
  nodes_.resize(options_.nodes);
  for (std::size_t i = 0; i < nodes_.size(); ++i) nodes_[i].head.node = node_ids_[i];
  double sum = 0;
  for (std::size_t i = 0; i < notes; ++i) {
    std::uint8_t bytes[10];
    for (auto& byte : bytes) byte = std::uint8_t(random_());
    entities_.push_back(make_uuid_v7(std::int64_t(first_ms + below(86'400'000)), bytes));
    popularity_.push_back(sum += 1.0 / std::pow(double(i + 1), 0.9));
  }
  for (double& part : popularity_) part /= sum;
  for (int i = 0; i < 1'000; ++i) words_.push_back(word_of(random_));
}

std::uint64_t Notes::below(std::uint64_t bound) { return random_() % bound; }

std::size_t Notes::note() {
  const double at = double(random_() >> 11) * 0x1p-53;
  return std::size_t(std::lower_bound(popularity_.begin(), popularity_.end() - 1, at) - popularity_.begin());
}

Value Notes::value() {
  const std::uint64_t kind = below(100);
  if (kind < 20) return Value::integer(std::int64_t(below(100'000)));
  if (kind < 32) return Value::boolean(below(2) == 0);
  const std::size_t size = kind < 92 ? 12 + below(51) : 200;
  std::string text;
  while (text.size() < size) text += words_[below(words_.size())] + ' ';
  text.resize(size);
  return *Value::text(std::move(text));
}

void Notes::write_burst() {
  const std::size_t at = std::size_t(below(nodes_.size()));
  Node& node = nodes_[at];
  const std::size_t note_number = note();
  const std::uint64_t room = std::min(options_.bundle_events - node.events, options_.events - written_);
  const std::uint64_t count = std::min<std::uint64_t>(1 + below(5), room);
  ms_ += 1 + below(700);
  Change change{Stamp{ms_, 0, node_ids_[at]}, {}, {}, {}};
  std::array<std::size_t, attributes.size()> order{};
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  for (std::uint64_t i = 0; i < count; ++i) {
    // The first names are written more often, and "deleted" never.
    const std::size_t left = order.size() - 1 - i;
    std::swap(order[i], order[i + std::min(below(left), below(left))]);
    Event event{{entities_[note_number], attributes[order[i]]}, value(), std::nullopt};
    Latest& latest = latest_[note_number * 16 + order[i]];
    if (latest.stamp.ms != 0) {
      const bool seen = latest.stamp.node == node_ids_[at] || latest.at + lag_events < written_;
      event.base = seen ? std::optional<Stamp>(latest.stamp) : latest.before;
      latest.before = latest.stamp;
    }
    latest.stamp = change.stamp;
    latest.at = written_++;
    change.events.push_back(std::move(event));
  }
  std::sort(change.events.begin(), change.events.end(), [](const auto& a, const auto& b) { return a.cell < b.cell; });
  node.events += count;
  node.changes.push_back(std::move(change));
  if (node.events == options_.bundle_events) close_bundle(at);
}

void Notes::close_bundle(std::size_t at) {
  Node& node = nodes_[at];
  if (node.changes.empty()) return;
  Delivery delivery;
  delivery.bundle = {node_ids_[at], node.head.n + 1, std::move(node.changes)};
  delivery.previous = node.head;
  EncodedBundle encoded = encode_bundle(delivery.bundle, node.head.hash, space);
  delivery.envelope = pack_envelope(encoded.bytes);
  delivery.head = node.head = encoded.head;
  node.changes.clear();
  node.events = 0;
  node.waiting.push_back(std::move(delivery));
  ++closed_;
  if (node.away_until <= closed_ && below(10) == 0 && !options_.on_time) node.away_until = closed_ + 1 + below(50);
  for (Node& other : nodes_) {
    if (other.away_until > closed_) continue;
    std::move(other.waiting.begin(), other.waiting.end(), std::back_inserter(ready_));
    other.waiting.clear();
  }
}

std::optional<Delivery> Notes::next() {
  while (ready_.empty() && written_ < options_.events) write_burst();
  if (ready_.empty()) {
    for (Node& node : nodes_) node.away_until = 0;
    for (std::size_t i = 0; i < nodes_.size(); ++i) close_bundle(i);
    for (Node& node : nodes_) {
      node.away_until = 0;
      std::move(node.waiting.begin(), node.waiting.end(), std::back_inserter(ready_));
      node.waiting.clear();
    }
  }
  if (ready_.empty()) return std::nullopt;
  Delivery delivery = std::move(ready_.front());
  ready_.pop_front();
  return delivery;
}

std::vector<Delivery> Notes::all() {
  std::vector<Delivery> deliveries;
  while (std::optional<Delivery> delivery = next()) deliveries.push_back(std::move(*delivery));
  return deliveries;
}

std::uint64_t Expected::digest_of(const Cell& cell, const Value& value, const Stamp& stamp) {
  const std::string text = cell.entity + '\0' + cell.attribute + '\0' + value.canonical_bytes() + to_string(stamp);
  return std::hash<std::string>{}(text);
}

void Expected::add(const Bundle& bundle) {
  for (const Change& change : bundle.changes) {
    for (const Event& event : change.events) {
      ++events_;
      value_bytes_ += event.value.payload_size();
      Winner& winner = winners_[event.cell.entity + '\0' + event.cell.attribute];
      if (winner.stamp.ms != 0 && !(winner.stamp < change.stamp)) continue;
      winner = {change.stamp, digest_of(event.cell, event.value, change.stamp)};
    }
  }
}

std::uint64_t Expected::digest() const {
  std::uint64_t sum = 0;
  for (const auto& [cell, winner] : winners_) sum += winner.digest;
  return sum;
}

}  // namespace tidemark::bench
