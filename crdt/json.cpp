#include "crdt/json.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "crdt/json_string.h"
#include "crdt/limits.h"
#include "crdt/number.h"
#include "crdt/utf8.h"
#include "hlc/assert.h"

namespace tidemark {
namespace {

// Reads one JSON text and writes its canonical form. Every reading function returns false after it
// has set the error.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Result<std::string> canonical() {
    out_.reserve(text_.size());
    skip_space();
    if (!valid_utf8() || !value(0)) return std::move(error_);
    skip_space();
    if (at_ != text_.size()) {
      fail("bad_json", "the end of the text");
      return std::move(error_);
    }
    return std::move(out_);
  }

  Result<std::string> unquoted() {
    if (!valid_utf8() || !string(out_)) return std::move(error_);
    if (at_ != text_.size()) {
      fail("bad_json", "nothing after the closing quote");
      return std::move(error_);
    }
    return std::move(out_);
  }

 private:
  // One member of an object that is being read: its key, unescaped, in keys_, and its text in out_.
  struct Member {
    std::size_t key, key_end, text, text_end;
  };

  bool fail(const char* code, const char* expected, std::string hint = {}) {
    error_ = {code, "offset " + std::to_string(at_), {}, expected, std::move(hint)};
    error_.got = at_ < text_.size() ? "'" + excerpt(text_.substr(at_, 12)) + "'" : "the end of the text";
    return false;
  }

  bool valid_utf8() {
    const std::size_t valid = utf8_prefix(text_);
    if (valid == text_.size()) return true;
    at_ = valid;
    return fail("bad_utf8", "UTF-8", "Store what is not text as bytes.");
  }

  void skip_space() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r')) {
      ++at_;
    }
  }

  bool next_is(char c) const { return at_ < text_.size() && text_[at_] == c; }

  bool value(std::size_t depth) {
    if (at_ == text_.size()) return fail("bad_json", "a value");
    switch (text_[at_]) {
      case '{':
        return container(depth, '}', [this](std::size_t inner) { return members(inner); });
      case '[':
        return container(depth, ']', [this](std::size_t inner) { return elements(inner); });
      case '"':
        return string_value();
      case 't':
        return literal("true");
      case 'f':
        return literal("false");
      case 'n':
        return literal("null");
      default:
        return number();
    }
  }

  bool literal(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return fail("bad_json", "a value");
    at_ += word.size();
    out_ += word;
    return true;
  }

  bool number() {
    const std::size_t size = number_size(text_.substr(at_));
    if (size == 0) return fail("bad_json", "a value");
    const auto parsed = parse_number(text_.substr(at_, size));
    if (const auto* integer = std::get_if<std::int64_t>(&parsed)) {
      char digits[24];
      out_.append(digits, std::to_chars(digits, digits + sizeof digits, *integer).ptr);
    } else if (const auto* real = std::get_if<double>(&parsed)) {
      out_ += format_double(*real);
    } else {
      return fail("number_out_of_range", "a number that a double can hold", "Write it as a string.");
    }
    at_ += size;
    return true;
  }

  bool string_value() {
    const std::size_t end = plain_end(text_, at_ + 1);
    if (end < text_.size() && text_[end] == '"') {
      out_ += text_.substr(at_, end + 1 - at_);
      at_ = end + 1;
      return true;
    }
    scratch_.clear();
    if (!string(scratch_)) return false;
    append_quoted_json(out_, scratch_);
    return true;
  }

  // Appends what the string token at at_ says.
  bool string(std::string& decoded) {
    if (!next_is('"')) return fail("bad_json", "a string");
    ++at_;
    for (;;) {
      const std::size_t end = plain_end(text_, at_);
      decoded += text_.substr(at_, end - at_);
      at_ = end;
      if (at_ == text_.size()) return fail("bad_json", "a closing quote");
      if (text_[at_] == '"') break;
      if (text_[at_] != '\\') return fail("bad_json", "control characters escaped");
      if (!escape(decoded)) return false;
    }
    ++at_;
    return true;
  }

  bool escape(std::string& decoded) {
    switch (decode_escape(text_, at_, decoded)) {
      case Escape::decoded:
        return true;
      case Escape::unknown:
        return fail("bad_json", "an escape that JSON knows");
      case Escape::bad_digits:
        return fail("bad_json", "four hexadecimal digits");
      case Escape::lone_surrogate:
        break;
    }
    return fail("bad_utf8", "a pair of surrogates", "A lone surrogate is no character.");
  }

  template <class Contents>
  bool container(std::size_t depth, char close, Contents contents) {
    if (depth == max_json_depth) {
      static_assert(max_json_depth == 32);
      return fail("json_too_deep", "at most 32 levels of objects and arrays", "Split the value.");
    }
    out_ += text_[at_++];
    skip_space();
    if (!next_is(close) && !contents(depth + 1)) return false;
    if (!next_is(close)) return fail("bad_json", close == '}' ? "',' or '}'" : "',' or ']'");
    out_ += text_[at_++];
    return true;
  }

  bool elements(std::size_t depth) {
    for (;;) {
      if (!value(depth)) return false;
      skip_space();
      if (!next_is(',')) return true;
      out_ += text_[at_++];
      skip_space();
    }
  }

  bool members(std::size_t depth) {
    const std::size_t first_member = members_.size();
    const std::size_t first_key = keys_.size();
    for (;;) {
      if (!member(depth)) return false;
      skip_space();
      if (!next_is(',')) break;
      out_ += text_[at_++];
      skip_space();
    }
    if (!sort_members(first_member)) return false;
    members_.resize(first_member);
    keys_.resize(first_key);
    return true;
  }

  bool member(std::size_t depth) {
    Member member{keys_.size(), 0, out_.size(), 0};
    if (!next_is('"')) return fail("bad_json", "a key in quotes");
    if (!string(keys_)) return false;
    member.key_end = keys_.size();
    append_quoted_json(out_, key(member));
    skip_space();
    if (!next_is(':')) return fail("bad_json", "':'");
    out_ += text_[at_++];
    skip_space();
    if (!value(depth)) return false;
    member.text_end = out_.size();
    members_.push_back(member);
    return true;
  }

  std::string_view key(const Member& member) const {
    return std::string_view(keys_).substr(member.key, member.key_end - member.key);
  }

  // Puts the members that were read last into the order of their keys.
  bool sort_members(std::size_t first) {
    const auto begin = members_.begin() + static_cast<std::ptrdiff_t>(first);
    const auto by_key = [this](const Member& a, const Member& b) { return key(a) < key(b); };
    const std::size_t text = begin->text;
    const bool sorted = std::is_sorted(begin, members_.end(), by_key);
    if (!sorted) std::sort(begin, members_.end(), by_key);
    const auto twice = std::adjacent_find(begin, members_.end(),
                                          [this](const Member& a, const Member& b) { return key(a) == key(b); });
    if (twice != members_.end()) {
      fail("duplicate_key", "each key once", "Remove one of the two.");
      error_.got = "'" + excerpt(key(*twice)) + "' twice";
      return false;
    }
    if (sorted) return true;
    std::string ordered;
    ordered.reserve(out_.size() - text);
    for (auto it = begin; it != members_.end(); ++it) {
      if (!ordered.empty()) ordered += ',';
      ordered.append(out_, it->text, it->text_end - it->text);
    }
    TIDEMARK_ASSERT(ordered.size() == out_.size() - text);
    out_.replace(text, std::string::npos, ordered);
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string out_;
  std::string scratch_;
  std::vector<Member> members_;  // of all the objects that are open, innermost last
  std::string keys_;
  Error error_;
};

}  // namespace

Result<std::string> canonical_json(std::string_view text) { return Reader(text).canonical(); }

bool is_canonical_json(std::string_view text) {
  const auto canonical = canonical_json(text);
  return canonical && *canonical == text;
}

Result<std::string> unquote_json(std::string_view token) { return Reader(token).unquoted(); }

}  // namespace tidemark
