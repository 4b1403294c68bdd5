#include <algorithm>
#include <charconv>

#include "client/cli/files.h"
#include "client/cli/history_line.h"
#include "client/cli/progress.h"
#include "client/cli/verb.h"
#include "client/cli/when.h"
#include "store/store.h"

namespace tidemark::cli {
namespace {

// A page at a time, so that a reader who has seen enough ends the search.
constexpr std::size_t page_rows = 200;

Error no_number(const std::string& text) { return usage_error("--limit", text, "a number from 1 on"); }

// What --until says: the end of the time that it names.
Result<std::int64_t> read_time_to(const std::string& text) {
  const Result<When> when = read_when(text);
  if (!when) return when.error();
  if (const auto* time = std::get_if<WallTime>(&*when)) return time->ms;
  return usage_error("--until", text, "a time or a day");
}

Result<store::AuditQuery> read_query(const Args& args) {
  store::AuditQuery query;
  query.entity = args.value("--entity").value_or("");
  query.attribute = args.value("--attribute").value_or("");
  query.author = args.value("--author").value_or("");
  query.source = args.value("--source").value_or("");
  query.metadata_key = args.value("--meta-key").value_or("");
  query.deletions = args.has("--deletions");
  query.overwritten = args.has("--overwritten");
  query.oldest_first = args.has("--oldest");
  if (const auto text = args.value("--node")) {
    query.node = parse_node(*text);
    if (!query.node) return usage_error("--node", *text, "16 hexadecimal digits");
  }
  const Result<std::optional<Stamp>> correlation = stamp_flag(args, "--correlation");
  if (!correlation) return correlation.error();
  query.correlation = *correlation;
  if (const auto text = args.value("--since")) {
    const Result<std::int64_t> ms = read_time_from("--since", *text);
    if (!ms) return ms.error();
    query.from_ms = *ms;
  }
  if (const auto text = args.value("--until")) {
    const Result<std::int64_t> ms = read_time_to(*text);
    if (!ms) return ms.error();
    query.to_ms = *ms;
  }
  return query;
}

int run(const Args& args, Console& console) {
  const Result<ProgressMode> mode = progress_mode(args);
  if (!mode) return console.refuse(mode.error());
  Result<store::AuditQuery> query = read_query(args);
  if (!query) return console.refuse(query.error());
  std::uint64_t left = UINT64_MAX;
  if (const auto text = args.value("--limit")) {
    const auto parsed = std::from_chars(text->data(), text->data() + text->size(), left);
    if (parsed.ec != std::errc() || parsed.ptr != text->data() + text->size() || left == 0)
      return console.refuse(no_number(*text));
  }
  Replica replica = Replica::open(args.words()[0]);
  if (args.has("--drop-index")) {
    replica.drop_audit_index();
    return exit_ok;
  }
  while (left > 0) {
    query->limit = std::size_t(std::min<std::uint64_t>(left, page_rows));
    store::AuditPage page;
    {
      Progress progress(console, *mode, "index", "events");
      page = replica.audit(*query, progress.callback());
    }
    for (const store::HistoryRow& row : page.rows) {
      if (console.out().closed() || left == 0) return exit_ok;
      console.out().line(history_line(row));
      --left;
    }
    if (!page.next) break;
    query->after = page.next;
  }
  return exit_ok;
}

}  // namespace

Verb audit_verb() {
  return {.name = "audit",
          .words = "FILE",
          .summary = "find out who did what",
          .words_min = 1,
          .words_max = 1,
          .flags = {{"--entity", "ENTITY", "only of this entity"},
                    {"--attribute", "NAME", "only of this attribute; 'note.*': of all that begin so"},
                    {"--author", "NAME", "only by this author"},
                    {"--source", "WORD", "only from this source"},
                    {"--node", "NODE", "only by this device"},
                    {"--correlation", "STAMP", "only this change and those that link to it"},
                    {"--since", "TIME", "only from the beginning of this time or day on"},
                    {"--until", "TIME", "only up to the end of this time or day"},
                    {"--meta-key", "KEY", "only changes whose free JSON has this member"},
                    {"--deletions", "", "only what marked an entity deleted"},
                    {"--overwritten", "", "only what is not the current value any more"},
                    {"--oldest", "", "the oldest first; else the newest"},
                    {"--limit", "N", "at most so many events"},
                    {"--drop-index", "", "throw the index away, and ask nothing"},
                    progress_flag()},
          .more = R"(Prints a line an event, the newest first, as `log` does. All flags that are given must hold.

Who deleted an entity, and what an author did in a week:

  tidemark audit notes.tidemark --entity note-1 --deletions
  tidemark audit notes.tidemark --author ann --since 2026-11-16 --until 2026-11-22

What an import did, and why an assistant suggested something:

  tidemark audit notes.tidemark --source import --oldest
  tidemark audit notes.tidemark --meta-key ai --attribute 'note.*'

The first question builds an index inside the file, later ones bring it up to date; writing never pays for it.
--drop-index gives the space back.
)",
          .run = run};
}

}  // namespace tidemark::cli
