#include "sim/picture.h"

#include "client/history.h"

#include <algorithm>
#include <utility>

namespace tidemark::sim {
namespace {

void append_stamp(std::string& out, const Stamp& stamp) {
  const StampBytes bytes = encode_stamp(stamp);
  out.append(bytes.begin(), bytes.end());
}

bool beats(const store::HistoryRow& row, const Picture::Winner& winner) {
  return winner.stamp < row.stamp ||
         (winner.stamp == row.stamp && compare_canonical(winner.value, row.event.value) < 0);
}

void take_winner(const store::HistoryRow& row, std::map<Cell, Picture::Winner>& winners) {
  const auto [at, fresh] = winners.try_emplace(row.event.cell);
  if (fresh || beats(row, at->second)) at->second = {row.stamp, row.event.value};
}

}  // namespace

bool writes_again(const Metadata& said) { return said.note == again_note || said.source == merge_source; }

std::optional<std::uint32_t> Picture::partial(const Written& written) const {
  std::vector<std::uint32_t> cells(written.changes() + std::size_t{1});
  for (const Written::Origin* origin : origins) ++cells[origin->change];
  for (std::uint32_t id = 1; id < cells.size(); ++id) {
    if (cells[id] != 0 && cells[id] % written.cells(id) != 0) return id;
  }
  return std::nullopt;
}

Picture read_picture(store::Store& store, const Written& written) {
  Picture picture;
  std::vector<NodeId> forked;  // what the other copy sent is there beside our own until the fork is settled
  for (const store::OwnNode& own : store.own_nodes()) {
    if (own.forked) forked.push_back(own.node);
  }
  std::string line;
  std::string previous;
  store.for_each_event([&](const store::HistoryRow& row) {
    line.clear();
    append_stamp(line, row.stamp);
    const std::size_t content_at = line.size();
    append_content(line, row.event.cell, row.event.value);
    const Written::Origin* origin = written.find(std::string_view(line).substr(content_at));
    if (!origin) {
      picture.unwritten = row.event.cell.entity + "." + row.event.cell.attribute + " = " + row.event.value.to_json();
      return false;
    }
    if (!writes_again(row.metadata)) picture.origins.push_back(origin);
    if (line == previous && std::find(forked.begin(), forked.end(), row.stamp.node) == forked.end()) {
      picture.twice = to_string(row.stamp) + " " + row.event.cell.entity;
      return false;
    }
    picture.events += line;
    if (row.event.base) append_stamp(picture.events, *row.event.base);
    std::swap(line, previous);
    take_winner(row, picture.winners);
    if (!picture.last || *picture.last < row.stamp) picture.last = row.stamp;
    return true;
  });
  return picture;
}

}  // namespace tidemark::sim
