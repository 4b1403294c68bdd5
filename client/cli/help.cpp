#include "client/cli/help.h"

#include <algorithm>

namespace tidemark::cli {
namespace {

std::string column(const std::string& text, std::size_t width) {
  return text + std::string(text.size() < width ? width - text.size() : 1, ' ');
}

std::string shown(const Flag& flag) { return flag.value.empty() ? flag.name : flag.name + " " + flag.value; }

}  // namespace

std::string program_help(const std::vector<Verb>& verbs) {
  std::string out =
      "tidemark - one device's copy of a space: record, read, sync\n"
      "\n"
      "usage: tidemark VERB FILE [ARGUMENT]...      FILE is a replica file, made by `tidemark init`\n"
      "\n"
      "verbs:\n";
  std::size_t width = 0;
  for (const Verb& verb : verbs) width = std::max(width, verb.name.size());
  for (const Verb& verb : verbs) out += "  " + column(verb.name, width + 2) + verb.summary + "\n";
  out +=
      "\n"
      "flags of every verb:\n"
      "  --json     errors as one JSON object a line: {\"error\":{\"code\":...}}\n"
      "  --help     this page, or the page of a verb: tidemark set --help\n"
      "  --version  the version\n"
      "  --         what follows are no flags: tidemark get FILE -- -odd-entity\n"
      "\n"
      "a first session:\n"
      "  tidemark init notes.tidemark --space my-notes\n"
      "  tidemark set  notes.tidemark note-1 title '\"Shopping\"' done false\n"
      "  tidemark get  notes.tidemark note-1\n"
      "  tidemark sync notes.tidemark ws://127.0.0.1:7700\n"
      "\n"
      "Values are JSON, so a text needs its quotes: '\"milk\"'. Results go to stdout as JSON Lines, errors to stderr "
      "as\n"
      "\"tidemark: CODE: ...\" with a code that never changes.\n"
      "\n"
      "exit codes: 0 done; 1 refused or failed; 2 the command line makes no sense\n";
  return out;
}

std::string verb_help(const Verb& verb) {
  std::string out = "usage: tidemark " + verb.name + " " + verb.words + "\n\n" + verb.more;
  if (!verb.flags.empty()) {
    std::size_t width = 0;
    for (const Flag& flag : verb.flags) width = std::max(width, shown(flag).size());
    out += "\nflags:\n";
    for (const Flag& flag : verb.flags) {
      out += "  " + column(shown(flag), width + 2) + flag.help + (flag.repeats ? " (may be repeated)" : "") + "\n";
    }
  }
  out += "\nexit codes: 0 done; 1 refused or failed; 2 the command line makes no sense\n";
  return out;
}

}  // namespace tidemark::cli
