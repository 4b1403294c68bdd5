// The encoder's side of a dictionary: numbers keys in order of first use. Internal to this folder.
//
// A use is written as the number of entries between the first use of the key and now: 0 says "the next
// entry, for the first time", 1 the entry that came last, and so on. So entries stand in order of first use
// and all are used, by construction.
#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "hlc/stamp.h"

namespace tidemark::layout {

// Not cryptographic: equal hashes are easy to find.
std::uint64_t hash_text(std::string_view text);

class NodeDictionary {
 public:
  std::uint64_t use(NodeId node) {
    const auto [entry, added] = entries_.try_emplace(node, entries_.size());
    return added ? 0 : entries_.size() - entry->second;
  }
  std::size_t size() const { return entries_.size(); }

 private:
  std::map<NodeId, std::size_t> entries_;
};

// Keys come from hostile bundles too, whose author knows the hash function. So a key looks at a few slots only; if
// they are taken, it goes to an ordered map, and the worst case is that map's. The keys must outlive this.
class TextDictionary {
 public:
  // With room for so many keys at once, if the number is known.
  explicit TextDictionary(std::uint64_t keys = 0) : slots_(slots_for(keys)) {}

  std::uint64_t use(std::string_view key) {
    // Events in a row tend to be of one entity.
    if (size_ > 0 && key == last_key_) return size_ + 1 - last_number_;
    const std::uint64_t code = look_up(key);
    last_key_ = key;
    last_number_ = code == 0 ? size_ : size_ + 1 - code;
    return code;
  }
  std::size_t size() const { return size_; }

 private:
  struct Slot {
    std::string_view key;
    std::uint32_t number = 0;  // from 1; 0 is an empty slot
    std::uint32_t tag = 0;     // further bits of the hash, so that most misses cost no comparison
  };

  static std::size_t slots_for(std::uint64_t keys);
  std::uint64_t look_up(std::string_view key);
  void insert(std::string_view key, std::uint64_t hash, std::uint32_t number);
  void grow();

  std::vector<Slot> slots_;  // a power of two, and never more than half full
  std::map<std::string_view, std::uint32_t> crowded_;
  std::size_t size_ = 0;
  std::string_view last_key_;
  std::uint64_t last_number_ = 0;
};

}  // namespace tidemark::layout
