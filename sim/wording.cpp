#include "sim/wording.h"

namespace tidemark::sim {
namespace {

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

std::string counted(std::size_t count, const char* noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

const char* name_of(sync::Verdict verdict) {
  switch (verdict) {
    case sync::Verdict::ok:
      return "ok";
    case sync::Verdict::fork:
      return "fork";
    case sync::Verdict::log_changed:
      return "log changed";
    case sync::Verdict::trimmed:
      return "trimmed";
  }
  return "?";
}

}  // namespace

std::string short_name(NodeId node) { return to_string(node).substr(0, 4); }

std::string describe(const sync::Frame& frame) {
  const Result<sync::Message> message = sync::decode_message(frame);
  if (!message) return "garbage";
  return std::visit(
      Overloaded{[](const sync::Hello& hello) {
                   return "hello " + short_name(hello.own.node) + " n " + std::to_string(hello.own.n) +
                          (hello.cursor ? ", cursor " + std::to_string(hello.cursor->seq) : ", no cursor") +
                          (hello.refill ? ", refill open" : "");
                 },
                 [](const sync::Welcome& welcome) {
                   return std::string("welcome ") + name_of(welcome.verdict) + ", log at " +
                          std::to_string(welcome.seq);
                 },
                 [](const sync::Confirm& confirm) {
                   return "confirm " + short_name(confirm.node) + " n " + std::to_string(confirm.n);
                 },
                 [](const sync::Want& want) {
                   return "want " + short_name(want.have.node) + " after " + std::to_string(want.have.n);
                 },
                 [](const sync::Lack& lack) { return "lack " + short_name(lack.have.node); },
                 [](const sync::Compared&) { return std::string("compared"); },
                 [](const sync::ErrorMessage& error) { return "error " + error.error.code; },
                 [](const sync::Push& push) { return "push " + counted(push.envelopes.size(), "bundle"); },
                 [](const sync::Entries& entries) {
                   return "entries " + std::to_string(entries.first_seq) + " to " +
                          std::to_string(entries.first_seq + entries.entries.size() - 1);
                 },
                 [](const sync::ChainPart& part) { return "chain of " + counted(part.envelopes.size(), "bundle"); },
                 [](const sync::HeadsPage& page) { return "heads of " + counted(page.heads.size(), "node"); }},
      *message);
}

std::string describe(const Exchange::Notice& notice) {
  if (const auto* forked = std::get_if<Forked>(&notice)) {
    return "forked: " + short_name(forked->old_node) + " is now " + short_name(forked->new_node) + ", " +
           counted(forked->changes_moved, "change") + " moved";
  }
  if (const auto* error = std::get_if<Error>(&notice)) return to_string(*error);
  return counted(std::get<Exchange::Arrived>(notice).changes.size(), "change") + " arrived";
}

}  // namespace tidemark::sim
