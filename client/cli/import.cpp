#include "client/cli/describing.h"
#include "client/cli/event_line.h"
#include "client/cli/importer.h"
#include "client/cli/json_line.h"
#include "client/cli/line_reader.h"
#include "client/cli/progress.h"
#include "client/cli/verb.h"

namespace tidemark::cli {
namespace {

struct Choice {
  std::optional<std::string> device;
  bool historical = false;
};

// Adds the change that the line describes; false if it is a line for somebody else.
Result<bool> take(std::string_view text, std::uint64_t number, const Choice& choice, Importer& importer) {
  if (is_blank(text)) return false;
  const Result<EventLine> line = slice_event_line(text);
  if (!line) return line.error();
  if (choice.device && !is_of_device(*line, *choice.device)) return false;
  std::int64_t wall_ms = 0;
  if (choice.historical) {
    const Result<std::int64_t> time = to_time(*line);
    if (!time) return time.error();
    wall_ms = *time;
  }
  Result<Write> write = to_write(*line);
  if (!write) return write.error();
  importer.add(std::move(*write), wall_ms, number);
  return true;
}

// Reads to the end or to the first line that is refused.
std::optional<Error> import_lines(LineReader& lines, const Choice& choice, Importer& importer, std::uint64_t& skipped,
                                  Progress& progress) {
  std::string_view text;
  while (true) {
    // Who writes into our pipe line by line finds each recorded, instead of waiting for company.
    if (importer.full() || lines.would_wait()) {
      if (auto error = importer.commit()) return error;
      progress.update(lines.bytes_given(), lines.bytes_total(), lines.number());
    }
    const LineReader::Next next = lines.next(text);
    if (next == LineReader::Next::end) return importer.commit();
    std::optional<Error> bad;
    if (next == LineReader::Next::too_long) {
      bad = Error{"too_large", "length", "", std::to_string(max_line_bytes) + " bytes at most", "", Retry::after_fix};
    } else if (const Result<bool> taken = take(text, lines.number(), choice, importer)) {
      if (!*taken) ++skipped;
      continue;
    } else {
      bad = taken.error();
    }
    if (auto earlier = importer.commit()) return earlier;
    bad->field = "line " + std::to_string(lines.number()) + ": " + bad->field;
    return bad;
  }
}

int run(const Args& args, Console& console) {
  const Result<ProgressMode> mode = progress_mode(args);
  if (!mode) return console.refuse(mode.error());
  LineReader lines(args.words()[1]);
  Replica replica = Replica::open(args.words()[0]);
  const Choice choice{args.value("--device"), args.has("--historical")};
  Draft described;
  if (const auto bad = describe(args, described)) return console.refuse(*bad);
  Importer importer(replica, choice.historical, std::move(described));
  std::uint64_t skipped = 0;
  std::optional<Error> error;
  {
    Progress progress(console, *mode, "import", "lines");
    error = import_lines(lines, choice, importer, skipped, progress);
  }
  if (error) {
    const std::string recorded = std::to_string(importer.changes()) + " changes before this line were recorded";
    error->hint = recorded + (error->hint.empty() ? ": mend it and import the rest" : ". " + error->hint);
    return console.refuse(*error);
  }
  console.out().line(JsonLine()
                         .number("changes", importer.changes())
                         .number("skipped", skipped)
                         .stamp("last_stamp", importer.last_stamp())
                         .str());
  return exit_ok;
}

}  // namespace

Verb import_verb() {
  return {
      .name = "import",
      .words = "FILE INPUT.jsonl|- [--device NAME] [--historical]",
      .summary = "record a change a line",
      .words_min = 2,
      .words_max = 2,
      .flags = with_describing({{"--device", "NAME", "only lines whose \"device\" is NAME"},
                                {"--historical", "", "each line's \"t\" (ms since 1970) is the clock of its change"},
                                progress_flag()}),
      .more =
          R"(Reads lines {"t":ms,"entity":...,"attribute":...,"value":...}, from stdin if INPUT is -, and records each
as one change. Other members are ignored, and so is t unless --historical is given. Blank lines are skipped.

  tidemark import notes.tidemark history.jsonl --historical
  {"changes":16076,"skipped":0,"last_stamp":"2022-11-07T22:16:53.000Z-0000-0000000000000018"}

A bad line stops the import: its number is in the error, and everything before it is recorded. The same holds
for a t that lies behind the file's clock (behind_clock), since a file's history only goes forward.
The output of `tidemark export --events` can be imported too: as new changes of this device. --author and the like
say the same of every change; links may name changes that this file has not got.
)",
      .run = run};
}

}  // namespace tidemark::cli
