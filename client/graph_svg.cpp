#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "client/fates.h"
#include "client/history_svg.h"
#include "client/history_words.h"
#include "client/svg.h"
#include "crdt/columns.h"

namespace tidemark {
namespace {

// Pixels.
constexpr int lane_step = 22;
constexpr int row_height = 26;
constexpr int heading_height = 30;
constexpr int radius = 5;
constexpr int text_gap = 16;

constexpr std::size_t who_columns = 18;
constexpr std::size_t words_columns = 72;
constexpr std::size_t remark_columns = 48;

// One write of the attribute, with what is said beside it.
struct Row {
  std::size_t change = 0;
  Fate fate = Fate::replaced;
  std::optional<Stamp> base;
  std::string words;
  std::string remark;
};

struct Point {
  int x = 0;
  int y = 0;
  std::string words() const { return std::to_string(x) + " " + std::to_string(y); }
};

class Graph {
 public:
  explicit Graph(const Timeline& timeline) : timeline_(timeline), fates_(timeline) {
    for (const std::string& lane : fates_.lanes) who_ = std::max(who_, std::min(columns_of(lane), who_columns));
    number_ = change_number(timeline.changes.size()).size();
    words_x_ = svg_margin + int(fates_.lanes.size()) * lane_step + text_gap;
  }

  void add(const std::string& attribute) {
    const auto found = fates_.at.find(attribute);
    if (found == fates_.at.end()) return;
    const std::string heading = cut_to(printable(attribute), words_columns);
    texts_ += svg_text(svg_margin, y_ + 12, "bold", heading);
    width_ = std::max(width_, svg_margin + svg_width(columns_of(heading)));
    y_ += heading_height;
    std::map<Stamp, int> y_of;
    std::vector<Row> rows;
    for (const std::size_t change : found->second) rows.push_back(row_of(change, attribute));
    for (const Row& row : rows) {
      add_links(row, y_of);
      y_of[stamp_of(row)] = y_;
      add_row(row);
      y_ += row_height;
    }
    y_ += row_height / 2;
  }

  std::string draw(const std::string& title) {
    add_legend();
    return svg_page(
        {width_ + svg_margin, y_ + svg_margin / 2, title, summary_words(timeline_), lines_ + dots_ + texts_});
  }

 private:
  const Stamp& stamp_of(const Row& row) const { return timeline_.changes[row.change].stamp; }
  int x_of(std::size_t change) const { return svg_margin + int(fates_.lane_of[change]) * lane_step + lane_step / 2; }

  Row row_of(std::size_t at, const std::string& attribute) const {
    const TimelineChange& change = timeline_.changes[at];
    const auto step = std::find_if(change.steps.begin(), change.steps.end(),
                                   [&](const TimelineStep& one) { return one.attribute == attribute; });
    Row row{at, fates_.fates[at][std::size_t(step - change.steps.begin())], step->base, step->value.to_json(), {}};
    std::vector<std::string> remarks = link_words(fates_, change);
    if (row.fate == Fate::lost) remarks.push_back(lost_words(fates_, attribute));
    if (!change.metadata.note.empty()) remarks.push_back(change.metadata.note);
    for (const std::string& remark : remarks) row.remark += (row.remark.empty() ? "" : "; ") + remark;
    return row;
  }

  void add_links(const Row& row, const std::map<Stamp, int>& y_of) {
    const auto start_of = [&](const Stamp& stamp) {
      const auto start = y_of.find(stamp);
      return start == y_of.end() ? std::nullopt : std::optional(Point{x_of(fates_.position.at(stamp)), start->second});
    };
    const Point end{x_of(row.change), y_};
    if (const auto start = row.base ? start_of(*row.base) : std::nullopt) add_seen(*start, end, row.change);
    for (const Link& link : timeline_.changes[row.change].links) {
      const auto start = link.kind == LinkKind::settles ? start_of(link.target) : std::nullopt;
      if (start) add_settles(*start, end);
    }
  }

  // At once into the lane of the one who writes, where nothing stands between: nobody's base is older than the last write of
  // his own.
  void add_seen(Point start, Point end, std::size_t change) {
    const Point turn{end.x, start.y + row_height};
    lines_ += svg_path("seen " + lane_class(fates_.lane_of[change]),
                       "M" + start.words() + curve(start, turn) + "L" + end.words());
  }

  // Between the lanes, since there may be later writes in both.
  void add_settles(Point start, Point end) {
    const int aside = start.x + (end.x < start.x ? -lane_step / 2 : lane_step / 2);
    const Point turn{aside, start.y + row_height / 2};
    const Point back{aside, end.y - row_height / 2};
    lines_ += svg_path("settles", "M" + start.words() + curve(start, turn) + "L" + back.words() + curve(back, end));
  }

  // Leaves and arrives straight down.
  static std::string curve(Point from, Point to) {
    const int half = (from.y + to.y) / 2;
    return "C" + Point{from.x, half}.words() + " " + Point{to.x, half}.words() + " " + to.words();
  }

  void add_dot(Fate fate, const std::string& lane, int x, int y) {
    if (fate == Fate::shown) dots_ += svg_circle("halo", x, y, radius + 3);
    if (fate == Fate::lost) dots_ += svg_circle("halo lost", x, y, radius + 3);
    dots_ += svg_circle("dot " + lane + (fate == Fate::undone ? " hollow" : ""), x, y, radius - 1);
  }

  void add_row(const Row& row) {
    const std::size_t lane = fates_.lane_of[row.change];
    add_dot(row.fate, lane_class(lane), x_of(row.change), y_);
    drawn_.insert(row.fate);
    int x = words_x_;
    const auto add = [&](const std::string& css_class, const std::string& words, std::size_t columns) {
      texts_ += svg_text(x, y_ + 4, css_class, words);
      width_ = std::max(width_, x + svg_width(columns_of(words)));
      x += svg_width(columns) + text_gap;
    };
    add("faint", change_number(row.change), number_);
    const std::string time = time_words(stamp_of(row));
    add("faint", time, time.size());
    add(lane_class(lane), cut_to(fates_.lanes[lane], who_columns), who_);
    const std::string words = cut_to(printable(row.words), words_columns);
    static const std::map<Fate, const char*> classes{
        {Fate::shown, "bold"}, {Fate::replaced, ""}, {Fate::lost, "alarm"}, {Fate::undone, "faint struck"}};
    add(classes.at(row.fate), words, columns_of(words));
    if (!row.remark.empty()) add("faint", cut_to(printable(row.remark), remark_columns), 0);
  }

  void add_legend() {
    lines_ +=
        svg_path("line", "M" + std::to_string(svg_margin) + " " + std::to_string(y_) + "H" + std::to_string(width_));
    const int x = svg_margin + lane_step / 2;
    const auto say = [&](const char* words) {
      texts_ += svg_text(svg_margin + lane_step + text_gap / 2, y_ + 4, "faint", words);
      width_ = std::max(width_, svg_margin + lane_step + text_gap / 2 + svg_width(columns_of(words)));
      y_ += svg_line + 4;
    };
    y_ += row_height;
    for (const auto& [fate, words] : {std::pair(Fate::shown, "the current value"),
                                      {Fate::lost, "a conflict: it lost to a writer who had not seen it"},
                                      {Fate::undone, "undone"}}) {
      if (drawn_.count(fate) == 0) continue;
      add_dot(fate, "lane0", x, y_);
      say(words);
    }
    for (const auto& [css_class, words] :
         {std::pair("seen lane0", "whoever wrote the lower one had seen the upper one"),
          {"settles", "the lower one settled the conflict"}}) {
      if (lines_.find("class=\"" + std::string(css_class).substr(0, 4)) == std::string::npos) continue;
      lines_ += svg_path(css_class, "M" + std::to_string(x) + " " + std::to_string(y_ - 8) + "v16");
      say(words);
    }
  }

  const Timeline& timeline_;
  Fates fates_;
  std::size_t who_ = 0;
  std::size_t number_ = 0;
  std::set<Fate> drawn_;
  int words_x_ = 0;
  int width_ = 0;
  int y_ = svg_body_top + svg_line / 2;
  std::string lines_, dots_, texts_;  // in the order in which they cover each other
};

}  // namespace

std::string graph_svg(const std::string& entity, const Timeline& timeline, std::string_view attribute) {
  Graph graph(timeline);
  std::string title = "Who had seen what: " + entity;
  if (!attribute.empty()) {
    graph.add(std::string(attribute));
    return graph.draw(title + ", " + std::string(attribute));
  }
  for (const auto& [name, positions] : Fates(timeline).at) graph.add(name);
  return graph.draw(title);
}

}  // namespace tidemark
