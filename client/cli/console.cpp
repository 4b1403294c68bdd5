#include "client/cli/console.h"

#include <cstdlib>
#include <utility>

#include <unistd.h>

#include "crdt/json.h"
#include "crdt/utf8.h"

namespace tidemark::cli {
namespace {

bool terminal_draws() {
  const char* kind = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) == 1 && kind != nullptr && std::string_view(kind) != "dumb";
}

// https://no-color.org: present and not empty.
bool colours_wanted() {
  const char* no_color = std::getenv("NO_COLOR");
  return no_color == nullptr || *no_color == '\0';
}

const char* name(Retry retry) {
  switch (retry) {
    case Retry::never:
      return "never";
    case Retry::later:
      return "later";
    case Retry::after_fix:
      return "after_fix";
  }
  return "never";
}

// What others sent may hold line feeds and escape sequences, which must not reach the terminal; nor may bytes that are
// not UTF-8 spoil a JSON object.
std::string printable(std::string_view text, bool ascii) {
  static constexpr char hex[] = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f && (byte < 0x80 || !ascii)) {
      out.push_back(c);
    } else {
      out.append("\\x").push_back(hex[byte >> 4]);
      out.push_back(hex[byte & 15]);
    }
  }
  return out;
}

std::string json_text(std::string_view text) {
  const std::string shown = printable(text, !is_utf8(text));
  return quote_json(shown);
}

std::string json_object(const Error& error) {
  std::string out = "{\"error\":{\"code\":" + json_text(error.code);
  for (const auto& [member, text] : {std::pair<const char*, const std::string&>{"field", error.field},
                                     {"got", error.got},
                                     {"limit", error.limit},
                                     {"hint", error.hint}}) {
    if (!text.empty()) out += std::string(",\"") + member + "\":" + json_text(text);
  }
  out += std::string(",\"retry\":\"") + name(error.retry) + "\",\"message\":" + json_text(to_string(error)) + "}}";
  return out;
}

const char* what_to_do(store::Failure failure) {
  using store::Failure;
  switch (failure) {
    case Failure::not_found:
      return "Check the path, or create the file with: tidemark init FILE --space NAME";
    case Failure::exists:
      return "Choose another path: nothing is overwritten";
    case Failure::not_a_replica:
      return "Check the path: this is no file that tidemark made, and it was left alone";
    case Failure::newer_schema:
      return "Update tidemark: a later version wrote this file, and it was left alone";
    case Failure::read_only:
      return "Give write permission to the file and its directory";
    case Failure::disk_full:
      return "Free some space and repeat: what was not acknowledged was not recorded";
    case Failure::locked:
      return "Stop the other process first, or let it do the syncing";
    case Failure::busy:
      return "Try again in a moment";
    case Failure::corrupt:
      return "Keep a copy, then try: tidemark verify FILE, repair FILE URL, salvage FILE OUT";
    case Failure::io_error:
      return "Check the disk and the path";
    case Failure::no_memory:
      return "Free some memory and try again";
  }
  return "";
}

Retry retry_of(store::Failure failure) {
  using store::Failure;
  if (failure == Failure::locked || failure == Failure::busy || failure == Failure::no_memory) return Retry::later;
  return Retry::after_fix;
}

}  // namespace

Console::Console(Output& out, std::string program, bool json_errors)
    : out_(out),
      program_(std::move(program)),
      json_errors_(json_errors),
      terminal_(terminal_draws()),
      colours_(terminal_ && colours_wanted()) {}

int Console::refuse(Error error) {
  out_.flush();
  if (error.code == "usage") {
    if (!verb_.empty()) error.field = verb_ + ": " + error.field;
    if (error.hint.empty()) error.hint = "See: tidemark " + (verb_.empty() ? "" : verb_ + " ") + "--help";
  }
  if (json_errors_) {
    print(json_object(error));
  } else {
    const std::string text = printable(to_string(error), false);
    print(colours_ ? "\x1b[31m" + program_ + ":\x1b[0m " + text : program_ + ": " + text);
  }
  return error.code == "usage" ? exit_usage : exit_refused;
}

void Console::note(std::string_view text) {
  out_.flush();
  if (json_errors_) {
    print("{\"note\":" + json_text(text) + "}");
  } else {
    print(program_ + ": " + printable(text, false));
  }
}

void Console::draw(std::string_view text) {
  drawn_ = !text.empty();
  std::string all = "\r\x1b[K" + std::string(text);
  [[maybe_unused]] const auto ignored = ::write(STDERR_FILENO, all.data(), all.size());
}

void Console::print(const std::string& line) {
  if (drawn_) draw({});
  const std::string all = line + "\n";
  // Nobody is left to tell when stderr is gone.
  [[maybe_unused]] const auto ignored = ::write(STDERR_FILENO, all.data(), all.size());
}

Error to_error(const store::StoreError& failure) {
  const std::string code = store::code(failure.failure());
  std::string what = failure.what();
  if (what.rfind(code + ": ", 0) == 0) what.erase(0, code.size() + 2);
  return {code, what, "", "", what_to_do(failure.failure()), retry_of(failure.failure())};
}

}  // namespace tidemark::cli
