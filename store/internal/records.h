// Records: the rows that a page of a SQLite file holds, decoded one by one, so that a damaged row costs only itself.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "store/internal/pages.h"

namespace tidemark::store::internal {

struct Column {
  enum class Type { null, integer, real, text, blob };
  Type type = Type::null;
  std::int64_t integer = 0;
  double real = 0;
  std::string bytes;  // of text and blob
};

struct Record {
  std::int64_t rowid = 0;  // of a table; 0 in an index
  std::vector<Column> columns;
};

struct PageContent {
  enum class Kind { none, table, index };  // none: no page of a tree
  Kind kind = Kind::none;
  std::vector<Record> records;          // in the order of the page; an inner page of a table has none
  std::vector<std::uint32_t> children;  // of an inner page
  std::uint64_t damaged = 0;            // rows that cannot be read
};

// Adds the pages that continue long rows to `overflow`.
PageContent read_content(const Pages& pages, std::uint32_t n, std::unordered_set<std::uint32_t>& overflow);

}  // namespace tidemark::store::internal
