// Aliases: where the stamps went that were taken back or moved to another node.
#pragma once

#include <optional>
#include <vector>

#include "store/internal/file.h"

namespace tidemark::store::internal {

// Leads `from` to `to`. What led to `from` leads on to `to`.
void put_alias(File& file, const Stamp& from, const Stamp& to);

// The same for a change that takes the place of `from`, in constant time however many it took the place of before: what
// led to `from` directly is led to `to`, and `from` to that. So the first stamp of an edit leads to its last, and all
// others to the first.
void put_alias_of_edit(File& file, const Stamp& from, const Stamp& to);

// True if the stamp was taken back: it is never issued again, so that what it was printed for stays unambiguous.
bool was_taken_back(File& file, const Stamp& stamp);

// Follows the aliases to their end.
Stamp end_of_aliases(File& file, const Stamp& stamp);

// What a link to this stamp names: the change that has it, if there is one, for after a fork the stamp that one copy had to
// give up can be another one's; else where the aliases lead.
Stamp named_by(File& file, const Stamp& stamp);

// The links with their targets' ends, canonical again.
std::vector<Link> followed(File& file, std::vector<Link> links);

// The first stamp that the change was printed with, if it has another now.
std::optional<Stamp> printed_as(File& file, std::int64_t node_id, std::int64_t hlc);

}  // namespace tidemark::store::internal
