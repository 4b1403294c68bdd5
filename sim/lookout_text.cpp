#include "sim/lookout_text.h"

#include <algorithm>
#include <charconv>

#include "bundles/envelope.h"

namespace tidemark::sim {

bool says(std::string_view text, std::string_view what) { return text.find(what) != std::string_view::npos; }

std::string_view word_after(std::string_view text, std::string_view key) {
  const std::size_t at = text.find(key);
  if (at == std::string_view::npos) return {};
  text.remove_prefix(at + key.size());
  return text.substr(0, text.find('"'));
}

std::uint64_t number_after(std::string_view text, std::string_view key) {
  const std::size_t at = text.find(key);
  std::uint64_t number = 0;
  if (at != std::string_view::npos) std::from_chars(text.data() + at + key.size(), text.data() + text.size(), number);
  return number;
}

// It stands near the end.
std::string_view type_in(std::string_view text) {
  static constexpr std::string_view key = "\"type\":\"";
  const std::size_t at = text.rfind(key);
  return at == std::string_view::npos ? std::string_view() : word_after(text.substr(at), key);
}

std::int64_t time_in(std::string_view text) { return std::int64_t(number_after(text, "\"time\":")); }
std::uint64_t n_in(std::string_view text) { return number_after(text, "\"n\":"); }
NodeId node_in(std::string_view text) { return parse_node(word_after(text, "\"node\":\"")).value_or(NodeId{}); }

std::vector<NodeId> nodes_in(std::string_view text) {
  static constexpr std::string_view key = "\"node\":\"";
  std::vector<NodeId> nodes;
  for (std::size_t at = text.find(key); at != std::string_view::npos; at = text.find(key)) {
    text.remove_prefix(at + key.size());
    if (const auto node = parse_node(text.substr(0, text.find('"')))) nodes.push_back(*node);
  }
  return nodes;
}

std::uint8_t type_of(const sync::Frame& frame) { return frame.bytes->empty() ? 0 : frame.bytes->front(); }

std::optional<BundleHeader> header_of(ByteView envelope) {
  if (envelope.empty()) return std::nullopt;
  Result<BundleHeader> header = Error{};
  if (envelope.front() == 0) {
    header = decode_header(envelope.subspan(1));
  } else if (const Result<Bytes> canonical = unpack_envelope(envelope)) {
    header = decode_header(*canonical);
  }
  return header ? std::optional<BundleHeader>(*header) : std::nullopt;
}

bool names(const std::vector<NodeId>& nodes, NodeId node) {
  return std::find(nodes.begin(), nodes.end(), node) != nodes.end();
}

}  // namespace tidemark::sim
