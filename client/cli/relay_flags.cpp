#include "client/cli/relay_flags.h"

#include <cstdlib>
#include <memory>
#include <optional>

#include <sys/stat.h>

#include "client/cli/files.h"
#include "client/cli/line_reader.h"

namespace tidemark::cli {
namespace {

Result<std::string> read_token(const std::string& path, Console& console) {
  struct ::stat status {};
  if (::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & S_IROTH) != 0) {
    console.note("everybody on this machine can read " + path + "; to keep it to yourself: chmod 600 " + path);
  }
  LineReader lines(path);
  std::string_view line;
  while (lines.next(line) == LineReader::Next::line) {
    const std::size_t start = line.find_first_not_of(" \t\r");
    if (start == std::string_view::npos || line[start] == '#') continue;
    const std::size_t end = line.find_first_of(" \t\r", start);
    return std::string(line.substr(start, end == std::string_view::npos ? end : end - start));
  }
  return Error{"bad_token_file", path, "no token", "a token as its first word", "Ask the operator of the relay for one",
               Retry::after_fix};
}

}  // namespace

Flag token_file_flag() {
  return {"--token-file", "FILE", "its first word is the credential for the relay; default: $TIDEMARK_TOKEN_FILE"};
}

Result<SyncOptions> relay_options(const Args& args, Console& console) {
  // A wrong path is refused before the lock of syncing makes a file beside it.
  open_for_reading(args.words()[0]);
  SyncOptions options;
  options.url = args.words()[1];
  std::optional<std::string> token_file = args.value("--token-file");
  if (const char* named = std::getenv("TIDEMARK_TOKEN_FILE"); !token_file && named != nullptr && *named != '\0') {
    token_file = named;
  }
  if (token_file) {
    Result<std::string> token = read_token(*token_file, console);
    if (!token) return token.error();
    options.credential = std::move(*token);
  }
  options.on_forked = [&console](const Forked& forked) {
    console.note("this file was copied or put back: " + std::to_string(forked.changes_moved) + " changes of node " +
                 to_string(forked.old_node) + " go on as those of node " + to_string(forked.new_node));
  };
  // A relay that is away for long would say the same every few seconds.
  options.on_error = [&console, last = std::make_shared<std::string>()](const Error& error) {
    if (error.retry != Retry::later || *last == error.code) return;
    *last = error.code;
    console.note("trying again after " + to_string(error));
  };
  return options;
}

}  // namespace tidemark::cli
