// Importer: records one change a line, many lines a transaction.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "client/replica.h"

namespace tidemark::cli {

class Importer {
 public:
  // `historical`: each change is stamped by the time it is added with, else by the clock of the moment. `described`:
  // the metadata and links of each change.
  Importer(Replica& replica, bool historical, Draft described)
      : replica_(replica), historical_(historical), described_(std::move(described)) {}

  // Adds a change to the transaction to come. `line` is its place in the input, for errors.
  void add(Write write, std::int64_t wall_ms, std::uint64_t line);
  // Enough has come together for a transaction.
  bool full() const;
  // Records what was added. An Error names the line; everything before that line is recorded.
  std::optional<Error> commit();

  std::uint64_t changes() const { return changes_; }  // recorded so far
  const std::optional<Stamp>& last_stamp() const { return last_stamp_; }

 private:
  std::optional<Error> record(std::span<Replica::Dated> dated, std::span<const std::uint64_t> lines);
  void set_to_now(std::span<Replica::Dated> dated) const;
  Error refused(Error error, std::uint64_t line) const;

  Replica& replica_;
  bool historical_;
  Draft described_;
  std::vector<Replica::Dated> dated_;
  std::vector<std::uint64_t> lines_;
  std::size_t bytes_ = 0;
  std::uint64_t changes_ = 0;
  std::optional<Stamp> last_stamp_;
};

}  // namespace tidemark::cli
