#include "client/cli/describing.h"

#include <algorithm>

#include "crdt/json.h"

namespace tidemark::cli {
namespace {

// JSON that is whole has line feeds between its tokens only.
std::string on_one_line(std::string json) {
  std::replace_if(
      json.begin(), json.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return json;
}

}  // namespace

void add_description(JsonLine& line, const Metadata& metadata, const std::vector<Link>& links) {
  if (!metadata.author.empty()) line.text("author", metadata.author);
  if (!metadata.source.empty()) line.text("source", metadata.source);
  if (!metadata.note.empty()) line.text("note", metadata.note);
  if (!metadata.json.empty()) {
    canonical_json(metadata.json) ? line.json("meta", on_one_line(metadata.json)) : line.text("meta", metadata.json);
  }
  if (links.empty()) return;
  std::vector<std::string> jsons;
  jsons.reserve(links.size());
  for (const Link& link : links)
    jsons.push_back(JsonLine().text("kind", link_name(link.kind)).stamp("stamp", link.target).str());
  line.list("links", jsons);
}

}  // namespace tidemark::cli
