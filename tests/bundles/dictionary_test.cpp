#include "bundles/dictionary.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <string>

namespace tidemark::layout {
namespace {

// The same numbering, written down in the plainest way.
class PlainDictionary {
 public:
  std::uint64_t use(const std::string& key) {
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      if (keys_[i] == key) return keys_.size() - i;
    }
    keys_.push_back(key);
    return 0;
  }

 private:
  std::vector<std::string> keys_;
};

void check_like_plain(const std::vector<std::string>& uses) {
  TextDictionary dictionary;
  PlainDictionary plain;
  std::size_t differences = 0;
  for (const std::string& key : uses) differences += dictionary.use(key) != plain.use(key) ? 1 : 0;
  CHECK(differences == 0);
}

}  // namespace

TEST_CASE("a use counts back from the newest entry, and 0 is a new one") {
  TextDictionary dictionary;
  CHECK(dictionary.use("a") == 0);
  CHECK(dictionary.use("a") == 1);
  CHECK(dictionary.use("b") == 0);
  CHECK(dictionary.use("a") == 2);
  CHECK(dictionary.use("b") == 1);
  CHECK(dictionary.use("") == 0);
  CHECK(dictionary.size() == 3);
  NodeDictionary nodes;
  CHECK(nodes.use({7}) == 0);
  CHECK(nodes.use({0}) == 0);
  CHECK(nodes.use({7}) == 2);
  CHECK(nodes.size() == 2);
}

TEST_CASE("any sequence of uses is numbered like the plain way") {
  CHECK(rc::check([] {
    const auto keys = *rc::gen::container<std::vector<std::string>>(rc::gen::map(rc::gen::inRange(0, 60), [](int n) {
      return std::string(static_cast<std::size_t>(n % 20), 'x') + std::to_string(n);
    }));
    TextDictionary dictionary;
    PlainDictionary plain;
    for (const std::string& key : keys) RC_ASSERT(dictionary.use(key) == plain.use(key));
  }));
}

TEST_CASE("thousands of keys keep their numbers while the table grows") {
  std::vector<std::string> uses;
  for (std::size_t i = 0; i < 3000; ++i) uses.push_back("entity " + std::to_string(i * 7 % 2000));
  check_like_plain(uses);
}

TEST_CASE("keys chosen to collide are numbered like any others") {
  // Equal low bits lead to the same slots, at every size that the table takes here.
  std::vector<std::string> uses;
  for (int n = 0; uses.size() < 40; ++n) {
    std::string key = "k" + std::to_string(n);
    if ((hash_text(key) & 0xfff) == 0x5a5) uses.push_back(std::move(key));
  }
  for (int n = 0; n < 300; ++n) uses.push_back(uses[static_cast<std::size_t>(n * 17 % 40)] + (n % 3 == 0 ? "" : "x"));
  check_like_plain(uses);
}

}  // namespace tidemark::layout
