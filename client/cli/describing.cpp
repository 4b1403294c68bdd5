#include "client/cli/describing.h"

#include <algorithm>

#include "client/cli/when.h"
#include "crdt/json.h"

namespace tidemark::cli {
namespace {

std::string links_json(const std::vector<Link>& links) {
  std::string json;
  for (const Link& link : links) {
    json += json.empty() ? '[' : ',';
    json += JsonLine().text("kind", link_name(link.kind)).stamp("stamp", link.target).str();
  }
  return json + ']';
}

// JSON that is whole has line feeds between its tokens only.
std::string on_one_line(std::string json) {
  std::replace_if(
      json.begin(), json.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return json;
}

}  // namespace

std::vector<Flag> identity_flags() {
  return {{"--author", "NAME", "who writes"}, {"--source", "WORD", "with what: web-app, import, ..."}};
}

std::vector<Flag> with_describing(std::vector<Flag> own) {
  for (Flag& flag : identity_flags()) {
    flag.help += "; what `init` was told if not given";
    own.push_back(std::move(flag));
  }
  own.push_back({"--note", "TEXT", "why"});
  own.push_back({"--meta", "JSON", "anything else about the change"});
  own.push_back({"--correlation", "STAMP", "the first change of the group that this one belongs to"});
  own.push_back({"--causation", "STAMP", "the change that this one answers"});
  return own;
}

std::optional<Error> describe(const Args& args, Draft& draft) {
  draft.metadata = {args.value("--author").value_or(""), args.value("--source").value_or(""),
                    args.value("--note").value_or(""), args.value("--meta").value_or("")};
  for (const LinkKind kind : {LinkKind::correlation, LinkKind::causation}) {
    const Result<std::optional<Stamp>> target = stamp_flag(args, ("--" + std::string(link_name(kind))).c_str());
    if (!target) return target.error();
    if (*target) draft.links.push_back({kind, **target});
  }
  return std::nullopt;
}

void add_description(JsonLine& line, const Metadata& metadata, const std::vector<Link>& links) {
  if (!metadata.author.empty()) line.text("author", metadata.author);
  if (!metadata.source.empty()) line.text("source", metadata.source);
  if (!metadata.note.empty()) line.text("note", metadata.note);
  if (!metadata.json.empty()) {
    canonical_json(metadata.json) ? line.json("meta", on_one_line(metadata.json)) : line.text("meta", metadata.json);
  }
  if (!links.empty()) line.json("links", links_json(links));
}

}  // namespace tidemark::cli
