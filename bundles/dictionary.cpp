#include "bundles/dictionary.h"

#include <cstring>

namespace tidemark::layout {
namespace {

constexpr std::size_t first_slots = 16;
constexpr std::size_t slots_tried = 8;

std::uint64_t mix(std::uint64_t hash, std::uint64_t word) {
  hash = (hash ^ word) * 0x9e3779b97f4a7c15;
  return hash ^ hash >> 29;
}

// Of the fewer than eight bytes that are left, each of which counts.
std::uint64_t last_word(std::string_view text) {
  if (text.size() >= 4) {
    std::uint32_t front = 0;
    std::uint32_t back = 0;
    std::memcpy(&front, text.data(), sizeof front);
    std::memcpy(&back, text.data() + text.size() - sizeof back, sizeof back);
    return static_cast<std::uint64_t>(front) << 32 | back;
  }
  std::uint64_t word = 0;
  for (const char byte : text) word = word << 8 | static_cast<std::uint8_t>(byte);
  return word;
}

std::uint32_t tag_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32); }

}  // namespace

std::uint64_t hash_text(std::string_view text) {
  std::uint64_t hash = text.size();
  std::uint64_t word = 0;
  while (text.size() >= sizeof word) {
    std::memcpy(&word, text.data(), sizeof word);
    hash = mix(hash, word);
    text.remove_prefix(sizeof word);
  }
  return mix(hash, last_word(text));
}

std::size_t TextDictionary::slots_for(std::uint64_t keys) {
  if (keys == 0) return 0;
  std::size_t slots = first_slots;
  while (slots < 2 * keys) slots *= 2;
  return slots;
}

std::uint64_t TextDictionary::look_up(std::string_view key) {
  if (2 * (size_ + 1) > slots_.size()) grow();
  const std::uint64_t hash = hash_text(key);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = 0; i < slots_tried; ++i) {
    Slot& slot = slots_[(hash + i) & mask];
    if (slot.number == 0) {
      slot = {key, static_cast<std::uint32_t>(++size_), tag_of(hash)};
      return 0;
    }
    if (slot.tag == tag_of(hash) && slot.key == key) return size_ + 1 - slot.number;
  }
  const auto [entry, added] = crowded_.try_emplace(key, static_cast<std::uint32_t>(size_ + 1));
  if (!added) return size_ + 1 - entry->second;
  ++size_;
  return 0;
}

void TextDictionary::insert(std::string_view key, std::uint64_t hash, std::uint32_t number) {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = 0; i < slots_tried; ++i) {
    Slot& slot = slots_[(hash + i) & mask];
    if (slot.number > 0) continue;
    slot = {key, number, tag_of(hash)};
    return;
  }
  crowded_.emplace(key, number);
}

void TextDictionary::grow() {
  const std::vector<Slot> old = std::move(slots_);
  const auto old_crowded = std::move(crowded_);
  crowded_.clear();
  slots_.assign(old.empty() ? first_slots : 4 * old.size(), {});
  for (const Slot& slot : old) {
    if (slot.number > 0) insert(slot.key, hash_text(slot.key), slot.number);
  }
  for (const auto& [key, number] : old_crowded) insert(key, hash_text(key), number);
}

}  // namespace tidemark::layout
