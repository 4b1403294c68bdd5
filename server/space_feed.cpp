// Feeding: every session is a cursor on the log. Live ones are fed from the recent end in memory, others from the log.
#include "hlc/assert.h"
#include "server/space.h"

namespace tidemark::server {
namespace {

constexpr std::size_t recent_bytes_max = 4 * 1024 * 1024;

}  // namespace

void Space::remember(const LogEntry& entry) {
  recent_.push_back(entry);
  recent_bytes_ += entry.envelope->size();
  while (recent_bytes_ > recent_bytes_max && recent_.size() > 1) {
    recent_bytes_ -= recent_.front().envelope->size();
    recent_.pop_front();
  }
}

void Space::drained(SessionId id) {
  if (members_.count(id) != 0) feed(id);
}

void Space::feed_all() {
  for (auto& [id, member] : members_) feed(id);
}

void Space::feed(SessionId id) {
  Member& member = members_.at(id);
  const std::uint64_t fed_seq = member.session->fed_seq();
  if (!member.session->hungry() || member.reading || fed_seq >= chains_.end.seq) return;
  const std::uint64_t recent_first = chains_.end.seq + 1 - recent_.size();
  if (!recent_.empty() && fed_seq + 1 >= recent_first) return feed_recent(id, member);
  member.reading = true;
  shared_.log.read(shared_.ask([this, id, fed_seq](Done& done) {
    const auto at = members_.find(id);
    if (at == members_.end()) return;
    at->second.reading = false;
    // A new hello may have moved the cursor meanwhile.
    if (at->second.session->fed_seq() != fed_seq || !at->second.session->hungry()) return feed(id);
    fed(id, done);
  }),
                   name_, fed_seq, shared_.options.limits.delivery_bytes);
}

void Space::fed(SessionId id, Done& done) {
  sync::RelaySession& session = *members_.at(id).session;
  shared_.touched.insert(id);
  if (done.outcome != Outcome::committed) {
    shared_.stats.storage_alarm = true;
    note_damage(done.error);
    return session.fail(done.error, sync::CloseCode::internal);
  }
  std::vector<sync::RelaySession::Item> items;
  for (const LogEntry& entry : std::get<ReadDone>(done.payload).page.entries)
    items.push_back({&entry.head, *entry.envelope});
  session.feed(items);
  shared_.stats.entries_delivered += items.size();
}

void Space::feed_recent(SessionId id, Member& member) {
  sync::RelaySession& session = *member.session;
  const std::uint64_t first = session.fed_seq() + 1;
  const std::size_t skip = std::size_t(first - (chains_.end.seq + 1 - recent_.size()));
  std::vector<sync::RelaySession::Item> items;
  std::size_t bytes = 0;
  bool holds_any = false;
  for (std::size_t i = skip; i < recent_.size() && bytes < shared_.options.limits.delivery_bytes; ++i) {
    items.push_back({&recent_[i].head, *recent_[i].envelope});
    bytes += recent_[i].envelope->size();
    holds_any = holds_any || session.holds(recent_[i].head);
  }
  const std::uint64_t last = first + items.size() - 1;
  shared_.touched.insert(id);
  shared_.stats.entries_delivered += items.size();
  if (holds_any || !session.shares_frames()) return session.feed(items);
  if (shared_first_ != first || shared_last_ != last) {
    sync::Entries entries{first, {}};
    for (const auto& item : items) entries.entries.push_back({std::nullopt, item.envelope});
    shared_frame_ = sync::encode_message(entries);
    shared_first_ = first;
    shared_last_ = last;
  }
  session.feed_shared(shared_frame_, last);
}

void Space::want(SessionId id, const sync::Want& want) {
  shared_.log.chain(shared_.ask([this, id, want](Done& done) {
    const auto at = members_.find(id);
    if (at == members_.end()) return;
    if (done.outcome != Outcome::committed) {
      note_damage(done.error);
      return send(id, sync::ErrorMessage{done.error, want.have, 0});
    }
    const auto& entries = std::get<Chain>(done.payload).entries;
    sync::ChainPart part;
    for (const LogEntry& entry : entries) part.envelopes.push_back(*entry.envelope);
    const std::uint64_t last = entries.empty() ? want.have.n : entries.back().head.n;
    part.complete = last >= chains_.head(want.have.node).n || entries.empty();
    send(id, part);
  }),
                    name_, want.have.node, want.have.n, shared_.options.limits.delivery_bytes);
}

}  // namespace tidemark::server
