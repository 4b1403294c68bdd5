// The audit's index: which changes and events say what, in order of stamp. Made when it is first asked for, in tables of its
// own, so that files without it, and all writes, know nothing of it.
//
//   audit_words(id, kind, word)            what is said
//   audit_terms(term, hlc, event)          by which row. Rows of two nodes in one hlc are in no order: their nodes are in `events`,
//                                          and here each would take a third of the space
//   audit_dirty(event)                     rows whose stamp or links changed since they were indexed
//
// An entry whose stamp is not its row's any more is void. meta `audit_row` is the last indexed row.
#pragma once

#include <cstdint>

#include "store/internal/file.h"

namespace tidemark::store::internal {

enum class AuditKind : int {
  author = 1,       // first rows
  source = 2,       // first rows
  node = 3,         // every first row of a change; the word is the node's column
  correlation = 4,  // first rows; the word is a stamp's text
  key = 5,          // first rows
  attribute = 6,    // every event; the word is the attribute's id
  deletion = 7,     // the event that marks its entity deleted
};

bool has_audit_index(File& file);
// Inside a writing transaction.
void update_audit_index(File& file, const Progress& progress);
void drop_audit_index(File& file);
// True if every event is indexed.
bool audit_index_is_fresh(File& file);
// Inside a writing transaction: this row has another stamp, or other links, now. Cheap without an index.
void audit_changed(File& file, std::int64_t row);
// The term of a word, or nothing if nobody says it.
std::optional<std::int64_t> audit_term(File& file, AuditKind kind, const std::string& word);
std::optional<std::int64_t> audit_term(File& file, AuditKind kind, std::int64_t word);

}  // namespace tidemark::store::internal
