#include <algorithm>
#include <cstdlib>
#include <set>
#include <utility>
#include <vector>

#include "client/fates.h"
#include "client/history_svg.h"
#include "client/history_words.h"
#include "client/svg.h"
#include "crdt/columns.h"

namespace tidemark {
namespace {

// Pixels.
constexpr int lane_gap = 44;
constexpr int box_padding = 12;
constexpr int box_gap = 18;
constexpr int head_height = 40;
constexpr int mark_radius = 3;

constexpr std::size_t box_columns = 36;
constexpr std::size_t date_columns = 10;
constexpr std::size_t lines_max = 3;  // of one write

struct LinkStyle {
  const char* css_class;
  const char* words;
};
constexpr LinkStyle links[] = {{"seen", "whoever wrote the lower one had seen the upper one"},
                               {"settles", "the lower one settled the conflict"},
                               {"undoes", "the lower one undid the upper one"}};

// One line of a box.
struct BoxLine {
  std::string css_class;
  std::string words;
  bool marked = false;  // the sign of a current value stands before it
};

// Where a box stands.
struct Place {
  std::size_t lane = 0;
  int top = 0;
  int bottom = 0;
};

std::string number(int value) { return std::to_string(value); }

class Lanes {
 public:
  explicit Lanes(const Timeline& timeline) : timeline_(timeline), fates_(timeline) {}

  std::string draw(const std::string& title) {
    const int top = y_;
    y_ += head_height;
    for (std::size_t i = 0; i < timeline_.changes.size(); ++i) add_change(i);
    for (std::size_t lane = 0; lane < fates_.lanes.size(); ++lane) add_lane(lane, top);
    const int width = x_of(fates_.lanes.size()) - lane_gap / 2 + svg_margin;
    add_legend();
    return svg_page({std::max(width, legend_width_), y_, title, summary_words(timeline_), lives_ + links_ + boxes_});
  }

 private:
  static int x_of(std::size_t lane) {
    return svg_margin + svg_width(date_columns) + box_gap + int(lane) * (box_width() + lane_gap);
  }
  static int box_width() { return svg_width(box_columns) + 2 * box_padding; }
  static int middle_of(std::size_t lane) { return x_of(lane) + box_width() / 2; }

  void add_lane(std::size_t lane, int top) {
    const std::string name = cut_to(printable(fates_.lanes[lane]), box_columns);
    boxes_ += svg_text(x_of(lane), top + 12, "bold " + lane_class(lane), name);
    lives_ += svg_path(lane_class(lane), "M" + number(x_of(lane)) + " " + number(top + 20) + "h" + number(box_width()));
    lives_ += svg_path("line", "M" + number(middle_of(lane)) + " " + number(top + 20) + "V" + number(y_));
  }

  std::vector<BoxLine> lines_of(std::size_t at) const {
    const TimelineChange& change = timeline_.changes[at];
    std::vector<BoxLine> lines;
    const auto add = [&](const char* css_class, const std::string& words) {
      for (const std::string& line : wrap(printable(words), box_columns, lines_max))
        lines.push_back({css_class, line, false});
    };
    for (std::size_t i = 0; i < change.steps.size(); ++i) {
      const Fate fate = fates_.fates[at][i];
      const std::size_t first = lines.size();
      add(fate == Fate::undone ? "faint struck" : fate == Fate::lost ? "alarm" : "", write_words(change.steps[i]));
      lines[first].marked = fate == Fate::shown;
      if (fate == Fate::lost) add("faint", lost_words(fates_, change.steps[i].attribute));
    }
    for (const std::string& words : link_words(fates_, change)) add("faint", words);
    const Metadata& said = change.metadata;
    const std::string remark = said.source + (said.source.empty() || said.note.empty() ? "" : ": ") + said.note;
    if (!remark.empty()) add("faint", remark);
    return lines;
  }

  void add_change(std::size_t at) {
    const TimelineChange& change = timeline_.changes[at];
    add_time(at);
    const std::vector<BoxLine> lines = lines_of(at);
    const Place place{fates_.lane_of[at], y_, y_ + int(lines.size()) * svg_line + 8};
    places_.push_back(place);
    add_links(at);
    const std::set<Fate> fates(fates_.fates[at].begin(), fates_.fates[at].end());
    drawn_.insert(fates.begin(), fates.end());
    const char* css_class = fates.count(Fate::lost) != 0    ? "box lost"
                            : fates.count(Fate::shown) != 0 ? "box now"
                                                            : "box";
    boxes_ += "<g><title>" + to_string(change.stamp) + "</title><rect class=\"" + css_class + "\" x=\"" +
              number(x_of(place.lane)) + "\" y=\"" + number(place.top) + "\" width=\"" + number(box_width()) +
              "\" height=\"" + number(place.bottom - place.top) + "\" rx=\"4\"/>\n";
    int y = place.top + svg_line;
    for (const BoxLine& line : lines) {
      boxes_ += svg_text(x_of(place.lane) + box_padding, y, line.css_class, line.words);
      if (line.marked) add_mark(x_of(place.lane) + box_padding / 2, y - 4);
      y += svg_line;
    }
    boxes_ += "</g>\n";
    y_ = std::max(place.bottom, place.top + 2 * svg_line) + box_gap;
  }

  // The date where a new one begins, and number and time beside the box.
  void add_time(std::size_t at) {
    const std::string time = time_words(timeline_.changes[at].stamp);
    const std::string date = time.substr(0, date_columns);
    if (date != date_) {
      boxes_ += svg_text(svg_margin, y_, "bold", date);
      y_ += svg_line - 4;
      date_ = date;
    }
    boxes_ += svg_text(svg_margin, y_ + svg_line, "", time.substr(date_columns + 1));
    boxes_ += svg_text(svg_margin, y_ + 2 * svg_line, "faint", change_number(at));
  }

  void add_mark(int x, int y) { boxes_ += svg_circle("mark", x, y, mark_radius); }

  // To what the change was built on in other lanes, and to what its links name.
  void add_links(std::size_t at) {
    const TimelineChange& change = timeline_.changes[at];
    std::set<std::size_t> seen;
    for (const TimelineStep& step : change.steps) {
      const auto base = step.base ? fates_.position.find(*step.base) : fates_.position.end();
      if (base == fates_.position.end() || base->second >= at) continue;
      if (places_[base->second].lane == places_[at].lane) continue;
      if (seen.insert(base->second).second) add_link(0, base->second, at);
    }
    for (const Link& link : change.links) {
      const auto target = fates_.position.find(link.target);
      if (target == fates_.position.end() || target->second >= at) continue;
      if (link.kind == LinkKind::settles) add_link(1, target->second, at);
      if (link.kind == LinkKind::undoes) add_link(2, target->second, at);
    }
  }

  // Sideways out of the box, down between the lanes, and sideways into the other box: no other box has the same height, so
  // that none is crossed. Each kind has ways of its own between the lanes.
  void add_link(std::size_t kind, std::size_t from, std::size_t to) {
    kinds_.insert(kind);
    const Place& start = places_[from];
    const Place& end = places_[to];
    const bool rightwards = start.lane < end.lane;
    const int apart = int(kind) * 6;
    const int from_x = x_of(start.lane) + (rightwards || start.lane == end.lane ? box_width() : 0);
    const int to_x = x_of(end.lane) + (rightwards ? 0 : box_width());
    const int way = rightwards ? to_x - 9 - apart : start.lane == end.lane ? to_x + apart - 1 : to_x + 17 + apart;
    const int from_y = (start.top + start.bottom) / 2 + apart / 2;
    const int to_y = end.top + svg_line - 4 + apart / 2;
    const int turn = std::min(4, std::abs(way - to_x));
    links_ += svg_path(links[kind].css_class,
                       "M" + number(from_x) + " " + number(from_y) + "H" + number(way + (from_x < way ? -turn : turn)) +
                           "Q" + number(way) + " " + number(from_y) + " " + number(way) + " " + number(from_y + turn) +
                           "V" + number(to_y - turn) + "Q" + number(way) + " " + number(to_y) + " " +
                           number(way + (to_x < way ? -turn : turn)) + " " + number(to_y) + "H" + number(to_x));
    const int tip = to_x < way ? 5 : -5;
    links_ += svg_path("tip " + std::string(links[kind].css_class),
                       "M" + number(to_x) + " " + number(to_y) + "l" + number(tip) + " -3v6z");
  }

  void add_legend() {
    const int x = svg_margin + 24;
    const auto say = [&](const char* words) {
      boxes_ += svg_text(x + 12, y_ + 4, "faint", words);
      legend_width_ = std::max(legend_width_, x + 12 + svg_width(columns_of(words)) + svg_margin);
      y_ += svg_line + 2;
    };
    y_ += svg_line;
    if (drawn_.count(Fate::shown) != 0) {
      add_mark(svg_margin + 12, y_);
      say("the current value");
    }
    if (drawn_.count(Fate::lost) != 0) {
      boxes_ += svg_text(svg_margin, y_ + 4, "alarm", "abc");
      say("a conflict: it lost to a writer who had not seen it");
    }
    if (drawn_.count(Fate::undone) != 0) {
      boxes_ += svg_text(svg_margin, y_ + 4, "faint struck", "abc");
      say("undone");
    }
    for (const std::size_t kind : kinds_) {
      links_ += svg_path(links[kind].css_class, "M" + number(svg_margin) + " " + number(y_) + "h24");
      say(links[kind].words);
    }
  }

  const Timeline& timeline_;
  Fates fates_;
  std::vector<Place> places_;
  std::set<Fate> drawn_;
  std::set<std::size_t> kinds_;  // of links that were drawn
  std::string date_;
  int y_ = svg_body_top;
  int legend_width_ = 0;
  std::string lives_, links_, boxes_;  // in the order in which they cover each other
};

}  // namespace

std::string timeline_svg(const std::string& entity, const Timeline& timeline) {
  return Lanes(timeline).draw("Timeline of " + entity);
}

}  // namespace tidemark
