#include "store/internal/records.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "store/internal/schema.h"

namespace tidemark::store::internal {

namespace {

constexpr std::size_t usable = page_size;
constexpr std::size_t payload_max = 4 * 1024 * 1024;  // the largest row that a replica may hold
constexpr std::size_t columns_max = 64;

constexpr std::uint8_t inner_index = 2;
constexpr std::uint8_t inner_table = 5;
constexpr std::uint8_t leaf_index = 10;
constexpr std::uint8_t leaf_table = 13;

// Reads forward; once something is missing it stays failed.
class Reader {
 public:
  Reader(const std::uint8_t* begin, std::size_t size) : at_(begin), end_(begin + size) {}

  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int i = 0; i < 9; ++i) {
      const std::uint8_t* byte = bytes(1);
      if (byte == nullptr) return 0;
      if (i == 8) return value << 8 | *byte;
      value = value << 7 | (*byte & 0x7f);
      if (*byte < 0x80) break;
    }
    return value;
  }
  std::uint64_t number(std::size_t size) {
    const std::uint8_t* from = bytes(size);
    std::uint64_t value = 0;
    for (std::size_t i = 0; from != nullptr && i < size; ++i) value = value << 8 | from[i];
    return value;
  }
  const std::uint8_t* bytes(std::size_t size) {
    if (failed_ || size > left()) {
      failed_ = true;
      return nullptr;
    }
    at_ += size;
    return at_ - size;
  }
  std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
  bool failed() const { return failed_; }

 private:
  const std::uint8_t* at_;
  const std::uint8_t* end_;
  bool failed_ = false;
};

std::int64_t sign_extended(std::uint64_t value, std::size_t size) {
  const std::size_t unused = 64 - 8 * size;
  return static_cast<std::int64_t>(value << unused) >> unused;
}

bool read_column(Reader& body, std::uint64_t type, Column& column) {
  static constexpr std::size_t sizes[] = {0, 1, 2, 3, 4, 6, 8, 8, 0, 0};
  if (type == 10 || type == 11) return false;
  if (type == 0) return true;
  if (type < 10) {
    const std::size_t size = sizes[type];
    const std::uint64_t bits = body.number(size);
    column.type = type == 7 ? Column::Type::real : Column::Type::integer;
    if (type == 7) {
      std::memcpy(&column.real, &bits, sizeof bits);
    } else {
      column.integer = type >= 8 ? static_cast<std::int64_t>(type) - 8 : sign_extended(bits, size);
    }
    return !body.failed();
  }
  if (type > 2 * payload_max + 13) return false;
  const std::size_t size = static_cast<std::size_t>(type - 12) / 2;
  const std::uint8_t* from = body.bytes(size);
  if (from == nullptr) return false;
  column.type = type % 2 == 0 ? Column::Type::blob : Column::Type::text;
  column.bytes.assign(reinterpret_cast<const char*>(from), size);
  return true;
}

std::optional<std::vector<Column>> read_columns(const Bytes& payload) {
  Reader all(payload.data(), payload.size());
  const std::uint64_t header_size = all.varint();
  const std::size_t taken = payload.size() - all.left();
  if (all.failed() || header_size < taken || header_size > payload.size()) return std::nullopt;
  Reader types(payload.data() + taken, static_cast<std::size_t>(header_size) - taken);
  Reader body(payload.data() + header_size, payload.size() - static_cast<std::size_t>(header_size));
  std::vector<Column> columns;
  while (types.left() > 0) {
    if (columns.size() == columns_max || !read_column(body, types.varint(), columns.emplace_back()) || types.failed())
      return std::nullopt;
  }
  if (body.left() > 0) return std::nullopt;
  return columns;
}

class PageReader {
 public:
  PageReader(const Pages& pages, std::unordered_set<std::uint32_t>& overflow) : pages_(pages), overflow_(overflow) {}

  PageContent read(std::uint32_t n) {
    PageContent content;
    if (!pages_.read(n, page_)) return content;
    const std::size_t start = n == 1 ? 100 : 0;  // the file's own header stands before the first page's
    const std::uint8_t type = page_[start];
    const bool inner = type == inner_index || type == inner_table;
    if (!inner && type != leaf_index && type != leaf_table) return content;
    content.kind = type == inner_table || type == leaf_table ? PageContent::Kind::table : PageContent::Kind::index;
    const std::size_t header = start + (inner ? 12 : 8);
    const std::size_t cells = std::min(short_at(start + 3), (usable - header) / 2);
    if (inner) content.children.push_back(static_cast<std::uint32_t>(short_at(start + 8) << 16 | short_at(start + 10)));
    for (std::size_t i = 0; i < cells; ++i) {
      const std::size_t at = short_at(header + 2 * i);
      if (at < header + 2 * cells || at >= usable) {
        ++content.damaged;
        continue;
      }
      Reader cell(page_.data() + at, usable - at);
      if (inner) content.children.push_back(static_cast<std::uint32_t>(cell.number(4)));
      if (type != inner_table) add_record(content, cell, type == leaf_table);
    }
    return content;
  }

 private:
  std::size_t short_at(std::size_t at) const { return std::size_t(page_[at]) << 8 | page_[at + 1]; }

  void add_record(PageContent& content, Reader& cell, bool table) {
    const std::uint64_t size = cell.varint();
    Record record;
    if (table) record.rowid = static_cast<std::int64_t>(cell.varint());
    auto columns = payload(cell, size, table) ? read_columns(payload_) : std::nullopt;
    if (columns) {
      record.columns = std::move(*columns);
      content.records.push_back(std::move(record));
    } else {
      ++content.damaged;
    }
  }

  // How much of a long row stands in its page is SQLite's rule.
  static std::size_t local_size(std::size_t size, bool table) {
    const std::size_t most = table ? usable - 35 : (usable - 12) * 64 / 255 - 23;
    if (size <= most) return size;
    const std::size_t least = (usable - 12) * 32 / 255 - 23;
    const std::size_t wanted = least + (size - least) % (usable - 4);
    return wanted <= most ? wanted : least;
  }

  bool payload(Reader& cell, std::uint64_t size, bool table) {
    if (cell.failed() || size > payload_max) return false;
    const std::size_t local = local_size(static_cast<std::size_t>(size), table);
    const std::uint8_t* from = cell.bytes(local);
    if (from == nullptr) return false;
    payload_.assign(from, from + local);
    auto next = static_cast<std::uint32_t>(payload_.size() < size ? cell.number(4) : 0);
    Bytes page;
    while (payload_.size() < size) {
      if (cell.failed() || !pages_.read(next, page)) return false;
      overflow_.insert(next);
      const std::size_t part = std::min(static_cast<std::size_t>(size) - payload_.size(), usable - 4);
      payload_.insert(payload_.end(), page.begin() + 4, page.begin() + 4 + static_cast<std::ptrdiff_t>(part));
      next = static_cast<std::uint32_t>(Reader(page.data(), 4).number(4));
    }
    return true;
  }

  const Pages& pages_;
  std::unordered_set<std::uint32_t>& overflow_;
  Bytes page_;
  Bytes payload_;
};

}  // namespace

PageContent read_content(const Pages& pages, std::uint32_t n, std::unordered_set<std::uint32_t>& overflow) {
  return PageReader(pages, overflow).read(n);
}

}  // namespace tidemark::store::internal
