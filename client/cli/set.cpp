#include "client/cli/describing.h"
#include "client/cli/event_line.h"
#include "client/cli/line_reader.h"
#include "client/cli/verb.h"
#include "client/replica.h"

namespace tidemark::cli {
namespace {

// More than the largest change could need, so that an endless input is refused before memory is full.
constexpr std::uint64_t max_batch_bytes = 64 * 1024 * 1024;

Result<Draft> draft_of_words(const std::vector<std::string>& words, const std::string& entity) {
  Draft draft;
  for (std::size_t i = 2; i + 1 < words.size(); i += 2) {
    Result<Value> value = Value::from_json(words[i + 1]);
    if (!value) {
      Error error = value.error();
      error.field = "value of " + words[i] + ": " + error.field;
      if (error.code == "bad_json") error.hint = "Values are JSON; a text needs its quotes: '\"milk\"'";
      return error;
    }
    draft.writes.push_back({{entity, words[i]}, std::move(*value)});
  }
  return draft;
}

Error in_line(Error error, std::uint64_t number) {
  error.field = "line " + std::to_string(number) + ": " + error.field;
  error.hint = "Nothing was recorded" + (error.hint.empty() ? ": mend the line and repeat" : ". " + error.hint);
  return error;
}

Result<Draft> draft_of_lines(LineReader& lines) {
  Draft draft;
  std::string_view text;
  while (true) {
    const LineReader::Next next = lines.next(text);
    if (next == LineReader::Next::end) return draft;
    if (next == LineReader::Next::too_long || lines.bytes_given() > max_batch_bytes) {
      return in_line({"change_too_large", "size", "", "what fits one change", "", Retry::after_fix}, lines.number());
    }
    if (is_blank(text)) continue;
    const Result<EventLine> line = slice_event_line(text);
    if (!line) return in_line(line.error(), lines.number());
    Result<Write> write = to_write(*line);
    if (!write) return in_line(write.error(), lines.number());
    draft.writes.push_back(std::move(*write));
  }
}

// Records the draft as the flags say. Prints the entity if it was made here, and the stamp.
int record(const Args& args, Replica& replica, Result<Draft> draft, const std::optional<std::string>& minted,
           Console& console) {
  if (!draft) return console.refuse(draft.error());
  if (const auto error = describe(args, *draft)) return console.refuse(*error);
  const Result<Stamp> stamp = replica.change(std::move(*draft), {args.has("--skip-unchanged")});
  if (!stamp) return console.refuse(stamp.error());
  if (minted) console.out().line(*minted);
  console.out().line(to_string(*stamp));
  return exit_ok;
}

int run_batch(const Args& args, Console& console) {
  if (args.words().size() > 1)
    return console.refuse(usage_error("argument", args.words()[1], "only FILE beside --batch"));
  Replica replica = Replica::open(args.words()[0]);
  LineReader lines(*args.value("--batch"));
  return record(args, replica, draft_of_lines(lines), std::nullopt, console);
}

int run(const Args& args, Console& console) {
  if (args.has("--batch")) return run_batch(args, console);
  const auto& words = args.words();
  if (words.size() < 4 || words.size() % 2 != 0) {
    return console.refuse(usage_error("arguments", std::to_string(words.size()), "FILE ENTITY and pairs of ATTR JSON"));
  }
  Replica replica = Replica::open(words[0]);
  std::optional<std::string> minted;
  if (words[1] == "-") minted = replica.new_entity();
  return record(args, replica, draft_of_words(words, minted.value_or(words[1])), minted, console);
}

}  // namespace

Verb set_verb() {
  return {
      .name = "set",
      .words = "FILE ENTITY ATTR JSON [ATTR JSON]... | FILE --batch -",
      .summary = "write attributes, as one change",
      .words_min = 1,
      .words_max = static_cast<std::size_t>(-1),
      .flags = with_describing({{"--batch", "INPUT", "read the change from a file, or from stdin if it is -"},
                                {"--skip-unchanged", "", "leave out writes of the value that is there already"}}),
      .more = R"(Writes one or more attributes as one change, which arrives as a whole everywhere, and prints its stamp.
The change is durable when the command returns. No network is needed.

  tidemark set notes.tidemark note-1 title '"Shopping"' done false

Values are JSON: a text needs its quotes, within the quotes of the shell. {"$bytes":"aGk="} is binary data.

- as ENTITY makes a new one: its id, a version 7 UUID, is printed before the stamp.

  tidemark set notes.tidemark - title '"Another note"'

--batch reads one write a line, over any number of entities, and records all of them as one change or, if a
line is bad, none. Of several writes of one attribute the last one counts.

  echo '{"entity":"note-1","attribute":"done","value":true}' | tidemark set notes.tidemark --batch -

What is known about the change goes with it to every device, and `tidemark log` shows it:

  tidemark set notes.tidemark note-1 title '"Shop"' --author ada --note 'shorter' --meta '{"ticket":17}'

If --skip-unchanged leaves nothing to write, the stamp of what is there is printed.
)",
      .run = run};
}

}  // namespace tidemark::cli
