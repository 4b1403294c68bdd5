#include "store/internal/encoding.h"

#include <cmath>
#include <limits>

namespace tidemark::store::internal {

namespace {

constexpr std::uint64_t top_bit = std::uint64_t{1} << 63;

int hex_digit(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

}  // namespace

std::int64_t node_column(NodeId node) { return static_cast<std::int64_t>(node.value ^ top_bit); }

NodeId node_of_column(std::int64_t column) { return {static_cast<std::uint64_t>(column) ^ top_bit}; }

std::int64_t hlc_column(const Stamp& stamp) {
  return static_cast<std::int64_t>((stamp.ms << 16 | stamp.counter) ^ top_bit);
}

Stamp stamp_of_columns(std::int64_t hlc, NodeId node) {
  const std::uint64_t bits = static_cast<std::uint64_t>(hlc) ^ top_bit;
  if (bits >> 16 > max_stamp_ms) throw_corrupt("a stamp lies beyond the year 9999");
  return {bits >> 16, static_cast<std::uint16_t>(bits & 0xffff), node};
}

std::optional<Bytes> uuid_bytes(std::string_view entity) {
  if (!is_canonical_uuid(entity)) return std::nullopt;
  Bytes bytes;
  bytes.reserve(16);
  for (std::size_t i = 0; i < entity.size(); i += 2) {
    if (entity[i] == '-') ++i;
    bytes.push_back(static_cast<std::uint8_t>(hex_digit(entity[i]) << 4 | hex_digit(entity[i + 1])));
  }
  return bytes;
}

std::string uuid_text(std::string_view bytes) {
  if (bytes.size() != 16) throw_corrupt("an entity id of bytes is not 16 bytes long");
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    const auto byte = static_cast<std::uint8_t>(bytes[i]);
    text += digits[byte >> 4];
    text += digits[byte & 0xf];
  }
  return text;
}

std::string entity_of_column(const Query& row, int column) {
  return row.type(column) == SQLite::BLOB ? uuid_text(row.string(column)) : row.string(column);
}

bool is_small(const Value& value) { return value.payload_size() <= small_value_bytes; }

ValueType kind_of_column(std::int64_t column) {
  if (column < 0 || column > static_cast<std::int64_t>(ValueType::json))
    throw_corrupt("unknown kind of value " + std::to_string(column));
  return static_cast<ValueType>(column);
}

Value value_of_columns(const Query& row, ValueType kind, int column) {
  const int type = row.type(column);
  const auto expect = [&](int wanted) {
    if (type != wanted) throw_corrupt("a value's kind and its type disagree");
  };
  switch (kind) {
    case ValueType::null:
      expect(SQLite::Null);
      return Value::null();
    case ValueType::boolean:
      expect(SQLite::INTEGER);
      return Value::boolean(row.integer(column) != 0);
    case ValueType::integer:
      expect(SQLite::INTEGER);
      return Value::integer(row.integer(column));
    case ValueType::real:
      if (type == SQLite::Null) return Value::real(std::numeric_limits<double>::quiet_NaN());
      expect(SQLite::FLOAT);
      return Value::real(row.real(column));
    case ValueType::text:
    case ValueType::json:
      expect(SQLite::TEXT);
      break;
    case ValueType::bytes:
      expect(SQLite::BLOB);
      break;
  }
  Result<Value> value = Value::from_canonical(kind, row.string(column));
  if (!value) throw_corrupt("a value is damaged: " + to_string(value.error()));
  return std::move(*value);
}

std::string links_text(const std::vector<Link>& links) {
  std::string text;
  for (const Link& link : links) {
    if (!text.empty()) text += '\n';
    text += link_name(link.kind);
    text += ' ';
    text += to_string(link.target);
  }
  return text;
}

std::vector<Link> links_of_text(const std::string& text) {
  std::vector<Link> links;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = std::string_view(text).substr(at, end - at);
    const std::size_t space = std::min(line.find(' '), line.size() - 1);
    const std::optional<Stamp> target = parse_stamp(line.substr(space + 1));
    const std::optional<LinkKind> kind = link_kind(line.substr(0, space));
    if (!target || !kind) throw_corrupt("a change's links are damaged");
    links.push_back({*kind, *target});
    at = end + 1;
  }
  return links;
}

}  // namespace tidemark::store::internal
