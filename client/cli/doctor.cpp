#include "client/cli/files.h"
#include "client/cli/verb.h"

namespace tidemark::cli {
namespace {

int run(const Args& args, Console& console) {
  const std::vector<std::string> findings = open_for_reading(args.words()[0]).doctor();
  for (const std::string& finding : findings) console.out().line(finding);
  if (!findings.empty()) return exit_refused;
  console.out().line("Nothing is wrong with " + args.words()[0] + ".");
  return exit_ok;
}

}  // namespace

Verb doctor_verb() {
  return {.name = "doctor",
          .words = "FILE",
          .summary = "say what is wrong and what to do",
          .words_min = 1,
          .words_max = 1,
          .flags = {},
          .more =
              R"(Looks at the file and prints what is wrong with it and what to do, a sentence a line. The exit
code is 1 if anything is.

  tidemark doctor notes.tidemark
  Nothing is wrong with notes.tidemark.
)",
          .run = run};
}

}  // namespace tidemark::cli
