#include "crdt/merge_text.h"

#include <algorithm>
#include <map>
#include <vector>

#include "crdt/regions.h"
#include "crdt/three_way.h"
#include "crdt/tokens.h"

namespace tidemark {
namespace {

enum class Grain { lines, words };

// The pieces of one text and their numbers.
struct Pieces {
  std::vector<std::string_view> list;
  Tokens numbers;

  std::string_view slice(const Range& range) const {
    if (range.begin == range.end) return {};
    const char* begin = list[range.begin].data();
    const std::string_view last = list[range.end - 1];
    return {begin, static_cast<std::size_t>(last.data() + last.size() - begin)};
  }
};

// A map and no hash table: hostile texts must not choose how long this takes.
using Numbers = std::map<std::string_view, std::uint32_t>;

Pieces pieces(std::string_view text, Grain grain, Numbers& numbers) {
  Pieces made{grain == Grain::lines ? split_lines(text) : split_words(text), {}};
  made.numbers.reserve(made.list.size());
  for (const std::string_view piece : made.list) {
    made.numbers.push_back(numbers.emplace(piece, static_cast<std::uint32_t>(numbers.size())).first->second);
  }
  return made;
}

std::size_t count_words(const std::vector<std::string_view>& list, const Range& range) {
  const auto begin = list.begin();
  return static_cast<std::size_t>(std::count_if(begin + static_cast<std::ptrdiff_t>(range.begin),
                                                begin + static_cast<std::ptrdiff_t>(range.end), is_word));
}

// Whether so few words are common that they are common by chance, as spaces and articles are, and say nothing about where
// the other side's changes belong. Mere deletions and mere insertions never count as that.
bool is_rewritten(const Pieces& base, const Pieces& side, const std::vector<Hunk>& hunks) {
  const std::size_t base_words = count_words(base.list, {0, base.list.size()});
  const std::size_t side_words = count_words(side.list, {0, side.list.size()});
  std::size_t kept = base_words;
  for (const Hunk& hunk : hunks) kept -= count_words(base.list, hunk.base);
  return 2 * kept < std::min(base_words, side_words);
}

std::vector<Hunk> hunks(const Pieces& base, const Pieces& side, Grain grain) {
  std::vector<Hunk> found = diff(base.numbers, side.numbers);
  if (grain == Grain::words && is_rewritten(base, side, found)) return {{{0, base.list.size()}, {0, side.list.size()}}};
  return found;
}

std::optional<std::string> merge(std::string_view base_text, std::string_view winner_text, std::string_view loser_text,
                                 Grain grain) {
  Numbers numbers;
  const Pieces base = pieces(base_text, grain, numbers);
  const Pieces winner = pieces(winner_text, grain, numbers);
  const Pieces loser = pieces(loser_text, grain, numbers);

  std::string merged;
  std::size_t at = 0;
  for (const Region& region : regions(hunks(base, winner, grain), hunks(base, loser, grain))) {
    merged += base.slice({at, region.base.begin});
    at = region.base.end;
    const std::string_view was = base.slice(region.base);
    const std::string_view won = winner.slice(region.winner);
    const std::string_view lost = loser.slice(region.loser);
    if (const auto* side = changed_side(was, won, lost)) {
      merged += *side;
      continue;
    }
    if (grain == Grain::words) return std::nullopt;
    const auto by_words = merge(was, won, lost, Grain::words);
    if (!by_words) return std::nullopt;
    merged += *by_words;
  }
  merged += base.slice({at, base.list.size()});
  return merged;
}

}  // namespace

std::optional<std::string> merge_text(std::string_view base, std::string_view winner, std::string_view loser) {
  return merge(base, winner, loser, Grain::lines);
}

}  // namespace tidemark
