// The last part of a body: links and metadata.
#include "bundles/body_reader.h"
#include "bundles/dictionary.h"
#include "bundles/layout.h"
#include "bundles/refusal.h"
#include "crdt/utf8.h"

namespace tidemark::layout {

std::optional<Error> BodyReader::read_links() {
  const std::uint64_t total = reader_.count(link_bytes_min);
  if (total == 0) return column_end("links");
  std::vector<Link>& links = view_.links_;
  links.resize(static_cast<std::size_t>(total));
  std::vector<const Stamp*> own(links.size());  // of the change that each link is in
  std::size_t used = 0;
  for (ChangeView& change : view_.changes_) {
    const std::uint64_t count = reader_.varint();
    if (count > links.size() - used) return not_canonical("link counts", std::to_string(total) + " together");
    change.links = std::span(links).subspan(used, static_cast<std::size_t>(count));
    std::fill_n(own.begin() + static_cast<std::ptrdiff_t>(used), count, &change.stamp);
    used += change.links.size();
  }
  if (used < links.size()) {
    if (auto error = column_end("link counts")) return error;
    return not_canonical("link counts", std::to_string(total) + " together");
  }
  for (Link& link : links) {
    const std::uint8_t kind = reader_.byte();
    if (kind > static_cast<std::uint8_t>(last_link_kind)) return not_canonical("link kinds", "0 to 3");
    link.kind = static_cast<LinkKind>(kind);
  }
  for (Link& link : links) {
    const NodeId* node = nodes_.resolve(reader_.varint());
    if (node == nullptr) return bad_use(reader_, "link nodes");
    link.target.node = *node;
  }
  for (std::size_t i = 0; i < links.size(); ++i) {
    if (!read_ms(reader_, links[i].target, *own[i])) return bad_stamp(reader_, "link ms");
  }
  for (Link& link : links) {
    if (!read_counter(reader_, link.target)) return bad_stamp(reader_, "link counters");
  }
  return column_end("links");
}

std::optional<Error> BodyReader::read_metadata() {
  const std::uint64_t entries = reader_.count(entry_bytes_min);
  if (entries == 0) return column_end("metadata");
  Entries<std::string_view> texts;
  TextDictionary distinct;
  for (std::uint64_t i = 0; i < entries && reader_.ok(); ++i) {
    const std::string_view text = as_text(reader_.bytes(reader_.varint()));
    if (text.size() > max_metadata_bytes) {
      return too_long("metadata_too_large", "metadata", text.size(), max_metadata_bytes);
    }
    if (!reader_.ok()) break;
    if (text.empty()) return not_canonical("bundle", "metadata without empty texts");
    if (distinct.use(text) != 0) return not_canonical("bundle", "a text of metadata once");
    if (!is_utf8(text)) texts_ = Texts::unknown;
    texts.add(text);
  }
  std::size_t total = 0;
  for (ChangeView& change : view_.changes_) {
    MetadataView& metadata = change.metadata;
    for (std::string_view* member : {&metadata.author, &metadata.source, &metadata.note, &metadata.json}) {
      const std::uint64_t code = reader_.varint();
      if (code == 0) continue;
      const std::string_view* text = texts.resolve(code - 1);
      if (text == nullptr) return bad_use(reader_, "metadata");
      // Entries are shared, so in a copy a few bytes could otherwise ask for gigabytes.
      total += text->size();
      if (total > max_bundle_bytes) {
        return too_long("metadata_too_large", "metadata of all changes", total, max_bundle_bytes);
      }
      *member = *text;
    }
  }
  if (auto error = column_end("metadata")) return error;
  if (!texts.all_used()) return not_canonical("bundle", "every text of metadata used");
  return std::nullopt;
}

}  // namespace tidemark::layout
