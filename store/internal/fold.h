// Fold: a batch of new events on its way into `events` and `attributes`.
//
// The batch is folded in memory: each distinct cell is read once, in key order if the cells were expected before, and
// written once, in key order. Each event row links to the previously arrived one of its cell.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "store/internal/file.h"

namespace tidemark::store::internal {

// A row of `attributes`, plus what the batch did to it.
struct FoldedCell {
  bool known = false;  // the file has the row
  bool dirty = false;
  bool won = false;        // an event of the batch is the winner now
  bool contested = false;  // an event of the batch did not follow the winner knowingly
  Stamp stamp;             // of the winner; meaningless while there is no event
  std::int64_t node = 0;
  ValueType kind = ValueType::null;
  std::int64_t event = 0;
  std::int64_t last = 0;
  const Value* winner = nullptr;   // the winner's value, if it came with the batch; owned by the caller's changes
  std::int64_t old_event = 0;      // the winner in the file
  std::optional<Value> old_value;  // its value, once it was needed
  bool empty() const { return event == 0; }
};

class Fold {
 public:
  // The events given to add() must outlive the fold.
  explicit Fold(File& file) : file_(file) {}

  // Reads these cells now, in key order.
  void expect(std::vector<std::int64_t> keys);
  // The cell as it stands after what was added so far.
  const FoldedCell& cell(std::int64_t key) { return at(key); }
  // The value of the cell's winner; the cell must not be empty.
  const Value& value(std::int64_t key);

  // Adds one event row.
  void add(std::int64_t key, const Stamp& stamp, std::int64_t node_id, const Value& value,
           const std::optional<Stamp>& base);
  // Adds the events of a change, and its links and metadata. `keys` are the cells of its events. Gives the first row.
  std::int64_t add(const Change& change, const std::vector<std::int64_t>& keys, std::int64_t node_id);

  // Writes the cells. Gives those whose value changed, ascending.
  std::vector<Cell> write();

 private:
  FoldedCell& at(std::int64_t key);
  const Value& old_value(FoldedCell& cell);

  File& file_;
  std::unordered_map<std::int64_t, FoldedCell> cells_;
};

// A value that an event row holds.
Value event_value(File& file, std::int64_t row);

// A write may have lost in the cell to somebody who had not seen it.
void put_contested(File& file, std::int64_t key);

// Writes a row of `attributes`.
void put_cell(File& file, std::int64_t key, const Stamp& stamp, std::int64_t node_id, const Value& value,
              std::int64_t event, std::int64_t last);

// The cells' names, sorted, each once.
std::vector<Cell> sorted_cells(File& file, const std::vector<std::int64_t>& keys);

}  // namespace tidemark::store::internal
