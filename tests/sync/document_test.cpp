// docs/protocol.md is executed: its transcript runs through both state machines, its tables are held against the code.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include <map>
#include <set>
#include <sstream>

#include "sync/client_session.h"
#include "sync/relay_session.h"
#include "tests/sync/samples.h"

namespace tidemark::sync {
namespace {

std::vector<std::string> page_lines() {
  std::istringstream page(read_source_file("docs/protocol.md"));
  std::vector<std::string> lines;
  for (std::string line; std::getline(page, line);) lines.push_back(line);
  return lines;
}

struct Said {
  bool by_replica;
  Frame frame;
};

constexpr std::size_t indentation = 9;

// The frames of each scene, joined from their lines; what stands right of bytes, after two spaces, is for people.
std::vector<std::vector<Said>> scenes() {
  struct Draft {
    bool by_replica;
    std::string content;
  };
  std::vector<std::vector<Draft>> drafts;
  bool inside = false;
  for (const std::string& line : page_lines()) {
    if (line.rfind("```", 0) == 0) {
      inside = line == "```transcript";
      if (inside) drafts.emplace_back();
      continue;
    }
    if (!inside) continue;
    REQUIRE(line.size() > indentation);
    const std::string who = line.substr(0, indentation);
    std::string content = line.substr(indentation);
    if (who == "replica: " || who == "relay:   ")
      drafts.back().push_back({who == "replica: ", {}});
    else
      REQUIRE(who == std::string(indentation, ' '));
    std::string& joined = drafts.back().back().content;
    const bool text = content.front() == '{' || joined.rfind("{", 0) == 0;
    joined += text ? content : content.substr(0, content.find("  ")) + " ";
  }
  std::vector<std::vector<Said>> made;
  for (const auto& scene : drafts) {
    made.emplace_back();
    for (const Draft& draft : scene) {
      const bool text = draft.content.front() == '{';
      made.back().push_back(
          {draft.by_replica, text ? text_frame(draft.content) : binary_frame(bytes_of_hex(draft.content))});
    }
  }
  return made;
}

// Both sides, and what can be computed from the frames alone.
class Stage {
 public:
  void begin() {
    client_ = {};
    relay_ = RelaySession(Limits{});
    acc_.clear();
  }

  void play(const Said& said) {
    const Result<Message> message = decode_message(said.frame);
    REQUIRE(message);
    CHECK(*encode_message(*message).bytes == *said.frame.bytes);
    learn(*message);
    if (said.by_replica)
      replica_says(*message, said.frame);
    else
      relay_says(*message, said.frame);
    CHECK_FALSE(relay_.closing());
    CHECK_FALSE(client_.broken());
  }

  std::set<std::string> heard;  // names of all messages, and verdicts and codes

 private:
  void replica_says(const Message& message, const Frame& frame) {
    heard.insert(name_of(message));
    if (const auto* hello = std::get_if<Hello>(&message)) {
      client_.say_hello(*hello);
      if (hello->cursor) cursor(*hello->cursor);
      digest(hello->digest);
    } else if (const auto* push = std::get_if<Push>(&message)) {
      std::vector<ClientSession::Outgoing> bundles;
      for (const ByteView envelope : push->envelopes) {
        const Head head = heads_.at(bytes_of(envelope));
        bundles.push_back({head, 1, bytes_of(envelope)});
        relay_.knows(head.node, head.n);
      }
      CHECK(client_.room() >= bundle_bytes(message));
      client_.push(bundles);
    } else {
      client_.send(message);
    }
    CHECK(*client_.next_frame()->bytes == *frame.bytes);
    relay_.receive(frame);
    while (relay_.next_ask()) {}
  }

  void relay_says(const Message& message, const Frame& frame) {
    heard.insert(name_of(message));
    if (const auto* welcome = std::get_if<Welcome>(&message)) {
      const Hello& hello = relay_.hello();
      const bool compare = hello.refill == welcome->log && hello.digest != welcome->digest;
      relay_.welcome(*welcome, hello.cursor ? hello.cursor->seq : 0, compare);
      CHECK(*relay_.next_frame()->bytes == *frame.bytes);
      acc_ = {{hello.cursor ? hello.cursor->seq : 0, hello.cursor ? hello.cursor->acc : Hash{}}};
      log_ = welcome->log;
      digest(welcome->digest);
      heard.insert("verdict " + std::to_string(int(welcome->verdict)));
    } else if (const auto* entries = std::get_if<Entries>(&message)) {
      CHECK(relay_.hungry());
      CHECK(entries->first_seq == relay_.fed_seq() + 1);
      relay_.feed_shared(frame, entries->first_seq + entries->entries.size() - 1);
      relay_.drained();
      CHECK(relay_.next_frame()->bytes == frame.bytes);
      follow(*entries);
    } else if (const auto* error = std::get_if<ErrorMessage>(&message)) {
      heard.insert(error->error.code);
    }
    client_.receive(frame);
    CHECK(client_.next_event());
  }

  // Heads of the bundles in a message, each checked by its trailer against every head that may precede it.
  void learn(const Message& message) {
    std::vector<ByteView> envelopes;
    if (const auto* push = std::get_if<Push>(&message)) envelopes = push->envelopes;
    if (const auto* part = std::get_if<ChainPart>(&message)) envelopes = part->envelopes;
    if (const auto* entries = std::get_if<Entries>(&message)) {
      for (const Entries::Entry& entry : entries->entries) {
        if (!entry.held) envelopes.push_back(entry.envelope);
      }
    }
    for (const ByteView envelope : envelopes) {
      const auto canonical = unpack_envelope(envelope);
      REQUIRE(canonical);
      const auto bundle = decode_bundle(*canonical);
      REQUIRE(bundle);
      std::optional<Head> head;
      std::vector<Hash> previous{Hash{}};
      for (const auto& [bytes, known] : heads_) {
        if (known.node == bundle->node && known.n + 1 == bundle->n) previous.push_back(known.hash);
      }
      for (const Hash& hash : previous) {
        if (const auto checked = check_trailer(*canonical, hash, sample_space)) head = *checked;
      }
      REQUIRE(head);
      heads_[bytes_of(envelope)] = *head;
    }
  }

  void follow(const Entries& entries) {
    std::uint64_t seq = entries.first_seq;
    for (const Entries::Entry& entry : entries.entries) {
      const Head head = entry.held ? *entry.held : heads_.at(bytes_of(entry.envelope));
      const bool known = std::any_of(heads_.begin(), heads_.end(), [&](const auto& one) { return one.second == head; });
      CHECK(known);
      REQUIRE(acc_.count(seq - 1) == 1);
      acc_[seq] = next_acc(acc_.at(seq - 1), head);
      cursors_.push_back({log_, seq, acc_.at(seq)});
      ++seq;
    }
  }

  void cursor(const Cursor& cursor) {
    const bool before_first = cursor.seq == 0 && cursor.acc == Hash{};
    const bool reached = std::count(cursors_.begin(), cursors_.end(), cursor) > 0;
    CHECK((before_first || reached));
  }

  // One of those that the known bundles can make: of each node nothing, or one of its heads.
  void digest(const Hash& digest) {
    std::map<NodeId, std::vector<Head>> choices;
    for (const auto& [bytes, head] : heads_) choices[head.node].push_back(head);
    std::vector<std::vector<Head>> lists{{}};
    for (const auto& [node, heads] : choices) {
      const std::size_t before = lists.size();
      for (std::size_t i = 0; i < before; ++i) {
        for (const Head& head : heads) {
          lists.push_back(lists[i]);
          lists.back().push_back(head);
        }
      }
    }
    digests_.push_back(digest);
    // A digest may come before the bundles it is made of, so all are judged anew.
    unexplained_ = std::count_if(digests_.begin(), digests_.end(), [&](const Hash& one) {
      return std::none_of(lists.begin(), lists.end(), [&](const auto& list) { return heads_digest(list) == one; });
    });
  }

  ClientSession client_;
  RelaySession relay_{Limits{}};
  std::map<Bytes, Head> heads_;  // by envelope
  std::map<std::uint64_t, Hash> acc_;
  LogId log_{};
  std::vector<Cursor> cursors_;
  std::vector<Hash> digests_;
  std::ptrdiff_t unexplained_ = 0;

 public:
  std::ptrdiff_t unexplained() {
    digest(Hash{});
    return unexplained_;
  }
};

// The first cells of the table under a heading, and the third: what an absent member means.
std::map<std::string, std::string> members_under(const std::string& heading) {
  std::map<std::string, std::string> members;
  bool inside = false;
  for (const std::string& line : page_lines()) {
    if (line.rfind("#", 0) == 0) inside = line.rfind("### " + heading, 0) == 0;
    if (!inside || line.rfind("| `", 0) != 0) continue;
    std::vector<std::string> cells;
    std::istringstream parts(line);
    for (std::string cell; std::getline(parts, cell, '|');) cells.push_back(cell);
    REQUIRE(cells.size() >= 5);
    std::istringstream names(cells[1]);
    for (std::string name; names >> name;) members[name.substr(1, name.find('`', 1) - 1)] = cells[3];
  }
  return members;
}

bool is_blank(const std::string& text) { return text.find_first_not_of(' ') == text.npos; }

}  // namespace

TEST_CASE("the transcript of docs/protocol.md runs through both state machines") {
  Stage stage;
  const auto all = scenes();
  CHECK(all.size() == 6);
  for (const auto& scene : all) {
    stage.begin();
    REQUIRE_FALSE(scene.empty());
    for (const Said& said : scene) stage.play(said);
  }
  CHECK(stage.unexplained() == 0);
  for (const char* shown : {"hello", "welcome", "confirm", "want", "compared", "error", "push", "entries", "chain",
                            "heads", "verdict 0", "verdict 1", "verdict 2", "clock_ahead"}) {
    CHECK_MESSAGE(stage.heard.count(shown) == 1, shown);
  }
}

TEST_CASE("the page names every member of every control message, and which are required") {
  for (const Message& message : one_of_each()) {
    const Frame frame = encode_message(message);
    if (!frame.text) continue;
    const std::string name = name_of(message);
    const auto members = members_under(name == "lack" ? "want" : name);
    const auto sample = nlohmann::json::parse(frame.as_text());
    for (const auto& item : sample.items()) {
      if (item.key() != "type") CHECK_MESSAGE(members.count(item.key()) == 1, name, " ", item.key());
    }
    for (const auto& described : members) {
      const std::string& member = described.first;
      const std::string& absent = described.second;
      CAPTURE(name);
      CAPTURE(member);
      CHECK(sample.contains(member));
      auto without = sample;
      without.erase(member);
      // The three members of an optional head stand and fall together.
      if (name == "error" && member == "node") continue;
      const bool required = is_blank(absent) || (name == "error" && (member == "n" || member == "head"));
      CHECK((code_of_text(without.dump()) == "ok") == !required);
    }
  }
}

TEST_CASE("the page's limits are those of the code") {
  const std::map<std::string, std::uint64_t> limits = {
      {"message, bytes", max_message_bytes},
      {"text message, bytes", max_control_bytes},
      {"hello, bytes", max_hello_bytes},
      {"page of heads, bytes", max_heads_page_bytes},
      {"heads of a comparison", max_compared_heads},
      {"`others` of a hello", max_other_nodes},
      {"credential, bytes", max_credential_bytes},
      {"pushed and unconfirmed, bytes", max_in_flight_bytes},
      {"entries: the frame is sent when it has this many bytes; at least one entry", delivery_frame_bytes},
      {"lead of own stamps, ms", gate_ms},
      {"lead of others' stamps, ms", gate_given_back_ms},
      {"time for the answer to a want, ms", want_timeout_ms}};
  std::map<std::string, std::uint64_t> shown;
  bool inside = false;
  for (const std::string& line : page_lines()) {
    if (line.rfind("## ", 0) == 0) inside = line == "## Limits";
    const auto middle = line.find(" | ");
    if (!inside || middle == line.npos || line.find_first_of("0123456789", middle) == line.npos) continue;
    shown[line.substr(2, middle - 2)] = std::stoull(line.substr(middle + 3));
  }
  CHECK(shown == limits);
}

}  // namespace tidemark::sync
