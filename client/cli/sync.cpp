#include <cmath>
#include <cstdlib>

#include "client/cli/json_line.h"
#include "client/cli/relay_flags.h"
#include "client/cli/verb.h"
#include "crdt/json.h"

namespace tidemark::cli {
namespace {

constexpr double max_timeout_s = 86'400;

// Seconds, whole or with a fraction, to ms; nothing if the text is anything else.
std::optional<std::int64_t> parse_seconds(const std::string& text) {
  if (text.empty() || text.size() > 12 || text.find_first_not_of("0123456789.") != std::string::npos)
    return std::nullopt;
  char* end = nullptr;
  const double seconds = std::strtod(text.c_str(), &end);
  if (end != text.c_str() + text.size() || seconds > max_timeout_s || seconds < 0.001) return std::nullopt;
  return static_cast<std::int64_t>(std::llround(seconds * 1000));
}

std::string summary_line(const SyncSummary& summary) {
  return JsonLine()
      .number("pushed_bundles", summary.pushed_bundles)
      .number("pulled_bundles", summary.pulled_bundles)
      .number("pushed_events", summary.pushed_events)
      .number("pulled_events", summary.pulled_events)
      .number("bytes_up", summary.bytes_up)
      .number("bytes_down", summary.bytes_down)
      .number("bundle_bytes_up", summary.bundle_bytes_up)
      .number("bundle_bytes_down", summary.bundle_bytes_down)
      .number("round_trips", summary.round_trips)
      .json("seconds", format_double(std::round(summary.seconds * 1000) / 1000))
      .str();
}

int run(const Args& args, Console& console) {
  std::optional<std::int64_t> timeout_ms;
  if (const auto text = args.value("--timeout")) {
    timeout_ms = parse_seconds(*text);
    if (!timeout_ms) {
      return console.refuse(usage_error("--timeout", *text, "seconds, 0.001 to 86400"));
    }
  }
  Result<SyncOptions> options = relay_options(args, console);
  if (!options) return console.refuse(options.error());
  if (timeout_ms) options->no_progress_max_ms = *timeout_ms;
  const SyncOutcome outcome = sync_once(args.words()[0], *options);
  console.out().line(summary_line(outcome.summary));
  return outcome.error ? console.refuse(*outcome.error) : exit_ok;
}

}  // namespace

Verb sync_verb() {
  return {
      .name = "sync",
      .words = "FILE URL [--timeout S] [--token-file F]",
      .summary = "push and pull once",
      .words_min = 2,
      .words_max = 2,
      .flags = {{"--timeout", "S", "give up after S seconds without progress; default 30"}, token_file_flag()},
      .more =
          R"(Sends what the relay lacks, fetches what this file lacks, and ends when both are done: every own change is
confirmed as durable there, and everything that the relay had at the start is applied here. A lost connection is
made again. Prints what was moved, also when it fails.

  tidemark sync notes.tidemark ws://127.0.0.1:7700
  {"pushed_bundles":1,"pulled_bundles":0,...,"round_trips":2,"seconds":0.012}

Only one process at a time can sync a file (locked); others may write to it meanwhile.
)",
      .run = run};
}

}  // namespace tidemark::cli
