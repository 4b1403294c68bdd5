// The `tidemark` program: finds the verb, runs it, and turns whatever goes wrong into one line and an exit code.
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <exception>
#include <new>
#include <string>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "client/cli/console.h"
#include "client/cli/help.h"
#include "client/cli/verb.h"

namespace tidemark::cli {
namespace {

// A descriptor that the caller closed would be given to the next file that is opened, and the results would end up in
// the replica. Standard input becomes one that cannot be read, so that it is not taken for an empty input.
void occupy_standard_descriptors() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(descriptor, F_GETFD) == -1 && errno == EBADF) {
      [[maybe_unused]] const int opened = ::open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDWR);
    }
  }
}

Error unknown_verb(const std::string& word, const std::vector<Verb>& verbs) {
  std::vector<std::string> names;
  for (const Verb& verb : verbs) names.push_back(verb.name);
  const auto meant = nearest(word, names);
  return usage_error("verb", word, "one of those that `tidemark --help` lists",
                     meant ? "Perhaps " + *meant + " was meant" : "");
}

int run_verb(const Verb& verb, const std::vector<std::string>& arguments, Console& console) {
  console.set_verb(verb.name);
  Result<Args> args = parse_args(arguments, verb.flags);
  if (!args) return console.refuse(args.error());
  const std::size_t words = args->words().size();
  if (words < verb.words_min) return console.refuse(usage_error("arguments", "too few", verb.words));
  if (words > verb.words_max) return console.refuse(usage_error("argument", args->words()[verb.words_max], verb.words));
  return verb.run(*args, console);
}

int run(std::vector<std::string> arguments, Console& console) {
  const std::vector<Verb> verbs = all_verbs();
  const auto end_of_flags = std::find(arguments.begin(), arguments.end(), "--");
  const auto asked = [&](const char* flag) { return std::find(arguments.begin(), end_of_flags, flag) != end_of_flags; };
  const bool help = asked("--help") || asked("-h");
  if (!help && asked("--version")) {
    console.out().line("tidemark " TIDEMARK_VERSION);
    return exit_ok;
  }
  const auto first = std::find_if(arguments.begin(), end_of_flags, [](const std::string& a) { return a[0] != '-'; });
  const bool help_verb = first != end_of_flags && *first == "help";
  const auto named =
      help_verb ? std::find_if(first + 1, end_of_flags, [](const std::string& a) { return a[0] != '-'; }) : first;
  if (named == end_of_flags) {
    if (!help && !help_verb)
      return console.refuse(usage_error("verb", arguments.empty() ? "none" : arguments[0], "a verb"));
    console.out().text(program_help(verbs));
    return exit_ok;
  }
  const auto verb = std::find_if(verbs.begin(), verbs.end(), [&](const Verb& v) { return v.name == *named; });
  if (verb == verbs.end()) return console.refuse(unknown_verb(*named, verbs));
  if (help || help_verb) {
    console.out().text(verb_help(*verb));
    return exit_ok;
  }
  arguments.erase(named);
  return run_verb(*verb, arguments, console);
}

int guarded_run(std::vector<std::string> arguments, Console& console) {
  try {
    const int code = run(std::move(arguments), console);
    console.out().flush();
    return code;
  } catch (const store::StoreError& failure) {
    return console.refuse(to_error(failure));
  } catch (const std::bad_alloc&) {
    return console.refuse({"no_memory", "memory", "", "", "Free some memory and try again", Retry::later});
  } catch (const std::system_error& failure) {
    const bool missing = failure.code() == std::errc::no_such_file_or_directory;
    return console.refuse({missing ? "not_found" : "io_error", failure.what(), "", "", "", Retry::after_fix});
  } catch (const std::exception& failure) {
    return console.refuse({"internal", failure.what(), "", "", "Please report this with what you did", Retry::never});
  }
}

}  // namespace
}  // namespace tidemark::cli

int main(int count, char** values) {
  using namespace tidemark::cli;
  occupy_standard_descriptors();
  std::signal(SIGPIPE, SIG_IGN);

  std::vector<std::string> arguments(values + std::min(count, 1), values + count);
  const auto end_of_flags = std::find(arguments.begin(), arguments.end(), "--");
  const auto json = std::remove(arguments.begin(), end_of_flags, "--json");
  const bool json_errors = json != end_of_flags;
  arguments.erase(json, end_of_flags);

  Output out(STDOUT_FILENO);
  Console console(out, "tidemark", json_errors);
  try {
    return guarded_run(std::move(arguments), console);
  } catch (const std::exception&) {
    return exit_refused;  // stdout failed again while its failure was being reported
  }
}
