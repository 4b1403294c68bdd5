#include "sim/lane_rows.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <string_view>

#include "crdt/columns.h"

namespace tidemark::sim {
namespace {

using Kind = Moment::Kind;

constexpr std::string_view relay_lane = "relay";

bool moves_messages(const Moment& moment) {
  return moment.kind == Kind::sent || moment.kind == Kind::arrived || moment.kind == Kind::lost;
}

bool is_chatter_kind(const Moment& moment) {
  return moves_messages(moment) || moment.kind == Kind::connected || moment.kind == Kind::disconnected;
}

// Where a message starts and ends, as indexes of moments.
struct Ends {
  std::optional<std::size_t> sent, end;
};

class Arranger {
 public:
  Arranger(const std::vector<Moment>& moments, const LaneOptions& options, bool joins)
      : moments_(moments), fold_(options.fold), joins_(joins) {
    find_lanes(options.order);
    std::optional<std::size_t> plain;
    for (std::size_t i = 0; i < moments_.size(); ++i) {
      if (!is_chatter_kind(moments_[i])) plain = i;
      plain_before_.push_back(plain);
      if (!moves_messages(moments_[i]) || moments_[i].message == 0) continue;
      Ends& ends = ends_[moments_[i].message];
      (moments_[i].kind == Kind::sent ? ends.sent : ends.end) = i;
    }
  }

  LaneRows arrange() {
    for (std::size_t i = 0; i < moments_.size();) {
      if (!is_chatter_kind(moments_[i])) {
        add_plain(moments_[i++]);
        continue;
      }
      std::size_t end = i;
      while (end < moments_.size() && is_chatter_kind(moments_[end])) ++end;
      add_run(i, end);
      i = end;
    }
    return std::move(out_);
  }

 private:
  void find_lanes(const std::vector<std::string>& order) {
    const auto add = [&](const std::string& lane) {
      if (std::find(out_.lanes.begin(), out_.lanes.end(), lane) == out_.lanes.end()) out_.lanes.push_back(lane);
    };
    for (const std::string& lane : order) add(lane);
    bool relay = false;
    for (const Moment& moment : moments_) {
      if (moment.lane == relay_lane)
        relay = true;
      else if (!moment.lane.empty())
        add(moment.lane);
    }
    if (relay) add(std::string(relay_lane));
  }

  std::size_t lane_of(const Moment& moment) const {
    return std::size_t(std::find(out_.lanes.begin(), out_.lanes.end(), moment.lane) - out_.lanes.begin());
  }

  LaneRow row_of(const Moment& moment, LaneRow::Kind kind) const {
    LaneRow row;
    row.kind = kind;
    row.moment = moment.kind;
    row.ms = moment.ms;
    row.lane = moment.lane.empty() ? 0 : lane_of(moment);
    row.message = moment.message;
    row.text = printable(moment.text);
    return row;
  }

  void add_plain(const Moment& moment) {
    LaneRow row = row_of(moment, moment.lane.empty() ? LaneRow::Kind::across : LaneRow::Kind::at_node);
    if (!out_.rows.empty()) {
      const LaneRow& last = out_.rows.back();
      row.beside = row.kind == LaneRow::Kind::at_node && last.kind == row.kind && last.moment == row.moment &&
                   last.ms == row.ms && last.text == row.text && last.lane < row.lane;
    }
    out_.rows.push_back(std::move(row));
  }

  // Consecutive moments that only move messages.
  void add_run(std::size_t begin, std::size_t end) {
    const auto first = std::ptrdiff_t(out_.rows.size());
    if (fold_) add_folded(begin, end);
    for (std::size_t i = begin; i < end; ++i) {
      const Moment& moment = moments_[i];
      if (!moves_messages(moment)) {
        if (!fold_) add_plain(moment);
      } else if (!fold_ || !is_chatter(moment)) {
        add_message(i, begin, end);
      }
    }
    std::stable_sort(out_.rows.begin() + first, out_.rows.end(),
                     [](const LaneRow& a, const LaneRow& b) { return a.ms < b.ms; });
  }

  Ends ends_of(const Moment& moment) const {
    const auto at = ends_.find(moment.message);
    return at == ends_.end() ? Ends{} : at->second;
  }

  // It came, and since it left time did not pass to anything but messages. It then belongs to the run in which it came.
  bool is_chatter(const Moment& moment) const {
    const Ends ends = ends_of(moment);
    if (!ends.sent || !ends.end || moments_[*ends.end].kind != Kind::arrived) return false;
    const auto between = plain_before_[*ends.end];
    return !between || *between < *ends.sent || moments_[*between].ms <= moments_[*ends.sent].ms;
  }

  void add_message(std::size_t index, std::size_t begin, std::size_t end) {
    const Moment& moment = moments_[index];
    const Ends ends = ends_of(moment);
    const bool whole = joins_ && ends.sent && ends.end && *ends.sent >= begin && *ends.end < end;
    if (moment.kind == Kind::sent) {
      LaneRow row = row_of(moment, LaneRow::Kind::leaving);
      if (ends.end) row.other = lane_of(moments_[*ends.end]);
      if (whole) {
        row.kind = moments_[*ends.end].kind == Kind::lost ? LaneRow::Kind::missing : LaneRow::Kind::message;
      }
      out_.rows.push_back(std::move(row));
    } else if (!whole) {
      LaneRow row = row_of(moment, moment.kind == Kind::lost ? LaneRow::Kind::losing : LaneRow::Kind::coming);
      row.other = row.lane;
      if (ends.sent) {
        row.lane = lane_of(moments_[*ends.sent]);
        row.text = printable(moments_[*ends.sent].text);
      }
      out_.rows.push_back(std::move(row));
    }
  }

  // "push 2 bundles" and "push 1 bundle" are the same word; of answers that decide, what they decide belongs to it.
  static std::string word_of(const std::string& text) {
    const std::size_t first = std::min(text.find(' '), text.size());
    std::string word = text.substr(0, first);
    if (word != "welcome" && word != "error") return word;
    const std::string rest = text.substr(first, text.find(',') - first);
    return rest == " ok" ? word : word + rest;
  }

  // That a node lost its connection is no news after what just broke there.
  bool says_nothing_new(std::size_t lane, std::int64_t ms) const {
    if (out_.rows.empty()) return false;
    const LaneRow& last = out_.rows.back();
    return last.kind == LaneRow::Kind::at_node && last.moment == Kind::fault && last.lane == lane && last.ms == ms;
  }

  void add_folded(std::size_t begin, std::size_t end) {
    struct Talk {
      std::optional<std::size_t> other;
      std::vector<std::pair<std::string, std::size_t>> words;  // in order of first use
      std::size_t messages = 0;
      std::int64_t ms = 0;
    };
    std::vector<std::pair<std::size_t, Talk>> talks;  // by device, in order of first use
    for (std::size_t i = begin; i < end; ++i) {
      const Moment& moment = moments_[i];
      const bool moves = moves_messages(moment);
      if (moves && (moment.kind != Kind::arrived || !is_chatter(moment))) continue;
      const Moment& begins = moves ? moments_[*ends_of(moment).sent] : moment;
      std::size_t device = lane_of(begins);
      std::optional<std::size_t> other;
      if (moves) {
        other = lane_of(moment);
        if (begins.lane == relay_lane) std::swap(device, *other);
      }
      auto talk = std::find_if(talks.begin(), talks.end(), [&](const auto& one) { return one.first == device; });
      if (talk == talks.end()) talk = talks.insert(talks.end(), {device, Talk{{}, {}, 0, begins.ms}});
      if (other) talk->second.other = other;
      if (moves) ++talk->second.messages;
      auto& words = talk->second.words;
      const std::string word = moves ? word_of(printable(begins.text)) : printable(begins.text);
      const auto known = std::find_if(words.begin(), words.end(), [&](const auto& one) { return one.first == word; });
      if (known == words.end())
        words.emplace_back(word, 1);
      else
        ++known->second;
    }
    for (const auto& [device, talk] : talks) {
      if (!talk.other && says_nothing_new(device, talk.ms)) continue;
      LaneRow row;
      row.kind = talk.other ? LaneRow::Kind::chatter : LaneRow::Kind::at_node;
      row.moment = Kind::connected;
      row.ms = talk.ms;
      row.lane = device;
      row.other = talk.other;
      row.messages = talk.messages;
      for (const auto& [word, times] : talk.words) {
        row.text += (row.text.empty() ? "" : ", ") + word + (times > 1 ? "\u00a0×" + std::to_string(times) : "");
      }
      out_.rows.push_back(std::move(row));
    }
  }

  const std::vector<Moment>& moments_;
  bool fold_;
  bool joins_;
  std::map<std::uint64_t, Ends> ends_;
  std::vector<std::optional<std::size_t>> plain_before_;  // by moment: the last one up to it that is no chatter
  LaneRows out_;
};

}  // namespace

LaneRows arrange(const std::vector<Moment>& moments, const LaneOptions& options, bool joins) {
  return Arranger(moments, options, joins).arrange();
}

std::string time_label(std::int64_t ms) {
  const long long seconds = ms / 1'000;
  char text[64];
  if (seconds < 3'600) {
    std::snprintf(text, sizeof text, "%lld:%02lld.%03lld", seconds / 60, seconds % 60,
                  static_cast<long long>(ms % 1'000));
    return text;
  }
  std::snprintf(text, sizeof text, "%lld:%02lld:%02lld.%03lld", seconds / 3'600 % 24, seconds / 60 % 60, seconds % 60,
                static_cast<long long>(ms % 1'000));
  const long long days = seconds / 86'400;
  return days == 0 ? std::string(text) : std::to_string(days) + "d " + text;
}

bool failed(const LaneRow& row) { return row.moment == Kind::checked && row.text.rfind("failed", 0) == 0; }

}  // namespace tidemark::sim
