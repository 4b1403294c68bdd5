#include "sim/written.h"

#include <map>
#include <utility>

namespace tidemark::sim {

void append_content(std::string& out, const Cell& cell, const Value& value) {
  out += cell.entity;
  out += '\0';
  out += cell.attribute;
  out += '\0';
  out += value.canonical_bytes();
}

std::uint32_t Written::add(const Draft& draft) {
  const std::uint32_t id = changes() + 1;
  marks_.emplace_back();
  std::map<Cell, const Write*> last;  // the last write of a cell counts
  for (const Write& write : draft.writes) last[write.cell] = &write;
  for (const auto& [cell, write] : last) {
    std::string content;
    append_content(content, cell, write->value);
    const auto [at, fresh] = origins_.try_emplace(std::move(content), Origin{id});
    Origin& origin = at->second;
    if (fresh) {
      ++marks_[id].cells;
      marks_[id].name = cell.entity + "." + cell.attribute + " = " + write->value.to_json().substr(0, 40);
    } else if (origin.change != id && origin.change != 0) {
      --marks_[std::exchange(origin.change, 0)].cells;
    }
  }
  return id;
}

void Written::add_foreign(const Change& change) {
  for (const Event& event : change.events) {
    std::string content;
    append_content(content, event.cell, event.value);
    origins_.try_emplace(std::move(content), Origin{0});
  }
}

const Written::Origin* Written::find(std::string_view content) const {
  const auto at = origins_.find(content);
  return at == origins_.end() ? nullptr : &at->second;
}

const Written::Origin* Written::find(const Event& event) const {
  std::string content;
  append_content(content, event.cell, event.value);
  return find(content);
}

ChangeSet Written::changes_of(const Origins& origins) {
  ChangeSet found;
  for (const Origin* origin : origins) {
    if (origin->change != 0) found.add(origin->change);
  }
  return found;
}

}  // namespace tidemark::sim
