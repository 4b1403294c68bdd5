#include <algorithm>
#include <map>
#include <utility>

#include "crdt/columns.h"
#include "sim/lane_rows.h"

namespace tidemark::sim {
namespace {

// Pixels. Texts are set in a monospaced font, so that their widths are known.
constexpr int lane_width = 208;
constexpr int margin = 16;
constexpr int head_height = 26;
constexpr int box_letter = 11;
constexpr int box_line = 15;
constexpr int label_letter = 10;
constexpr int label_line = 12;
constexpr double letter_width = 0.605;  // of the font's size
constexpr std::size_t box_columns = 27;
constexpr std::size_t label_columns = 30;
constexpr std::size_t text_lines_max = 5;

// Not every program that shows SVG knows CSS variables, so the colours are put in here.
constexpr const char* layout_rules =
    "text{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;white-space:pre}"
    ".life{stroke-width:1.5}.time{font-size:10px;text-anchor:end}.name{font-size:12px;font-weight:bold;"
    "text-anchor:middle}.box text{font-size:11px;text-anchor:middle}.box rect{stroke-width:1.2}"
    ".refused rect{stroke-dasharray:4 2}.across path{stroke-dasharray:2 4}.message path,.talk path{stroke-width:1.2;"
    "fill:none}.lost path{stroke-dasharray:5 3}.lost .cross{stroke-width:2;stroke-dasharray:none}"
    ".label text{font-size:10px;stroke-width:3.5px;stroke-linejoin:round;paint-order:stroke}";

constexpr const char* colour_rules =
    "text{fill:INK}.paper{fill:PAPER}.life{stroke:LINE}.time{fill:FAINT}.head{fill:PAPER;stroke:FAINT}"
    ".box rect{fill:PAPER;stroke:FAINT}.write rect{fill:CALM;stroke:BLUE}"
    ".fault rect,.refused rect,.failed rect{fill:ALARM;stroke:RED}.fault text,.refused text,.failed text{fill:RED}"
    ".healed rect,.checked rect{fill:GOOD;stroke:GREEN}.healed text,.checked text{fill:GREEN}"
    ".told rect{fill:NOTICE;stroke:AMBER}.told text{fill:AMBER}.quiet text{fill:FAINT}"
    ".across path{stroke:FAINT}.message path,.talk path{stroke:VIOLET}.message circle,.tip{fill:VIOLET}"
    ".label text{fill:VIOLET;stroke:PAPER}.message.lost path{stroke:RED}.lost circle{fill:RED}"
    ".label.lost text{fill:RED}";

using Palette = std::vector<std::pair<const char*, const char*>>;

const Palette& light() {
  static const Palette colours{{"PAPER", "#ffffff"}, {"INK", "#1f2328"},  {"FAINT", "#6e7781"}, {"LINE", "#c4cbd3"},
                               {"BLUE", "#0757b0"},  {"CALM", "#e3f0ff"}, {"RED", "#b5202a"},   {"ALARM", "#ffe9e8"},
                               {"GREEN", "#16692f"}, {"GOOD", "#e2f6e6"}, {"AMBER", "#7a4d00"}, {"NOTICE", "#fff3d3"},
                               {"VIOLET", "#5e3aa8"}};
  return colours;
}

const Palette& dark() {
  static const Palette colours{{"PAPER", "#0f1419"}, {"INK", "#e6e9ed"},  {"FAINT", "#9099a3"}, {"LINE", "#3c444d"},
                               {"BLUE", "#8cc2ff"},  {"CALM", "#132b48"}, {"RED", "#ff9c95"},   {"ALARM", "#4a1719"},
                               {"GREEN", "#7fdb95"}, {"GOOD", "#12351d"}, {"AMBER", "#f2c55c"}, {"NOTICE", "#3c2d08"},
                               {"VIOLET", "#c6adff"}};
  return colours;
}

std::string coloured(std::string rules, const Palette& palette) {
  for (const auto& [name, colour] : palette) {
    for (std::size_t at = rules.find(name); at != std::string::npos; at = rules.find(name, at))
      rules.replace(at, std::string_view(name).size(), colour);
  }
  return rules;
}

std::string style_sheet() {
  return std::string("svg{color-scheme:light dark}") + layout_rules + coloured(colour_rules, light()) +
         "@media (prefers-color-scheme:dark){" + coloured(colour_rules, dark()) + "}";
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string number(int value) { return std::to_string(value); }

const char* class_of(const LaneRow& row) {
  switch (row.moment) {
    case Moment::Kind::write:
      return "write";
    case Moment::Kind::refused:
      return "refused";
    case Moment::Kind::fault:
      return "fault";
    case Moment::Kind::healed:
      return "healed";
    case Moment::Kind::told:
      return "told";
    case Moment::Kind::checked:
      return failed(row) ? "failed" : "checked";
    default:
      return "quiet";
  }
}

class Picture {
 public:
  Picture(const LaneRows& rows, const LaneOptions& options) : rows_(rows), options_(options) {
    std::size_t columns = 0;
    for (const LaneRow& row : rows_.rows) columns = std::max(columns, time_label(row.ms).size());
    left_ = margin + int(double(columns) * label_letter * letter_width) + 8;
  }

  std::string draw() {
    int y = margin + head_height + 10;
    const int top = y - 10;
    int before = y;
    for (const LaneRow& row : rows_.rows) {
      if (!row.beside) before = y;
      y = add(row, before);
    }
    const int bottom = y + 4;
    const int width = left_ + int(rows_.lanes.size()) * lane_width + margin;
    const int height = bottom + head_height + margin;

    std::string out =
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-labelledby=\"title desc\" viewBox=\"0 0 " +
        number(width) + " " + number(height) + "\" width=\"" + number(width) + "\" height=\"" + number(height) +
        "\">\n";
    out += "<title id=\"title\">" + escaped(printable(options_.title)) + "</title>\n";
    out += "<desc id=\"desc\">" + escaped(printable(options_.description)) + "</desc>\n";
    out += "<style>" + style_sheet() + "</style>\n";
    out +=
        "<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\""
        " orient=\"auto-start-reverse\" markerUnits=\"userSpaceOnUse\"><path class=\"tip\" d=\"M0 0L8 4L0 8z\"/>"
        "</marker></defs>\n";
    out += "<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n";
    for (std::size_t lane = 0; lane < rows_.lanes.size(); ++lane) {
      out += "<path class=\"life\" d=\"M" + number(x_of(lane)) + " " + number(top) + "V" + number(bottom) + "\"/>\n";
    }
    out += arrows_ + boxes_ + labels_;
    for (std::size_t lane = 0; lane < rows_.lanes.size(); ++lane) out += head(lane, margin) + head(lane, bottom);
    return out + "</svg>\n";
  }

 private:
  int x_of(std::size_t lane) const { return left_ + int(lane) * lane_width + lane_width / 2; }

  std::string head(std::size_t lane, int y) const {
    const std::string name = printable(rows_.lanes[lane]);
    return "<g><title>" + escaped(name) + "</title><rect class=\"head\" x=\"" + number(x_of(lane) - 52) + "\" y=\"" +
           number(y) + "\" width=\"104\" height=\"" + number(head_height) + "\" rx=\"6\"/><text class=\"name\" x=\"" +
           number(x_of(lane)) + "\" y=\"" + number(y + 17) + "\">" + escaped(cut_to(name, 13)) + "</text></g>\n";
  }

  static std::string tooltip(const LaneRow& row) {
    return "<title>" + escaped(time_label(row.ms) + " " + row.text) + "</title>";
  }

  static std::string lines_at(const std::vector<std::string>& lines, int x, int y, int line_height,
                              const char* anchor = nullptr) {
    std::string out;
    for (const std::string& line : lines) {
      out += "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\"" +
             (anchor ? std::string(" text-anchor=\"") + anchor + "\"" : "") + ">" + escaped(line) + "</text>";
      y += line_height;
    }
    return out;
  }

  // Draws a row from `y` down and gives where the next one begins.
  int add(const LaneRow& row, int y) {
    switch (row.kind) {
      case LaneRow::Kind::across:
      case LaneRow::Kind::at_node:
        return add_box(row, y);
      case LaneRow::Kind::chatter:
        return add_chatter(row, y);
      default:
        return add_message(row, y);
    }
  }

  void add_time(const LaneRow& row, int y) {
    const std::string label = time_label(row.ms);
    if (label == last_time_) return;
    last_time_ = label;
    labels_ += "<text class=\"time\" x=\"" + number(left_ - 4) + "\" y=\"" + number(y) + "\">" + label + "</text>\n";
  }

  int add_box(const LaneRow& row, int y) {
    const bool across = row.kind == LaneRow::Kind::across;
    const std::size_t room = across ? std::max(rows_.lanes.size(), std::size_t(1)) * 30 - 6 : box_columns;
    const std::vector<std::string> lines = wrap(row.text, room, text_lines_max);
    std::size_t columns = 3;
    for (const std::string& line : lines) columns = std::max(columns, columns_of(line));
    const int width = int(double(columns) * box_letter * letter_width) + 18;
    const int height = int(lines.size()) * box_line + 7;
    const int right = left_ + int(rows_.lanes.size()) * lane_width;
    const int x = across ? (left_ + right) / 2 : x_of(row.lane);
    boxes_ += std::string("<g class=\"box ") + class_of(row) + (across ? " across" : "") + "\">" + tooltip(row);
    if (across) {
      boxes_ += "<path d=\"M" + number(left_ + 6) + " " + number(y + height / 2) + "H" + number(right) + "\"/>";
    }
    boxes_ += "<rect x=\"" + number(x - width / 2) + "\" y=\"" + number(y) + "\" width=\"" + number(width) +
              "\" height=\"" + number(height) + "\" rx=\"" + (across ? "10" : "4") + "\"/>" +
              lines_at(lines, x, y + box_line, box_line) + "</g>\n";
    add_time(row, y + box_line - 1);
    return y + height + 9;
  }

  // A double arrow with its words above, in the gap beside the device.
  int add_chatter(const LaneRow& row, int y) {
    const std::size_t to = row.other.value_or(row.lane);
    const bool right = to >= row.lane;
    const std::vector<std::string> lines = wrap(row.text, label_columns, text_lines_max);
    const int line_y = y + int(lines.size()) * label_line + 4;
    const int away = right ? 1 : -1;
    arrows_ += "<g class=\"talk\">" + tooltip(row) + "<path marker-start=\"url(#tip)\" marker-end=\"url(#tip)\" d=\"M" +
               number(x_of(row.lane) + 3 * away) + " " + number(line_y) + "H" + number(x_of(to) - 3 * away) +
               "\"/></g>\n";
    labels_ += "<g class=\"label\">" + tooltip(row) +
               lines_at(lines, x_of(row.lane) + 12 * away, y + label_line - 2, label_line, right ? "start" : "end") +
               "</g>\n";
    add_time(row, y + label_line - 2);
    return line_y + 10;
  }

  int add_message(const LaneRow& row, int y) {
    using Kind = LaneRow::Kind;
    if (row.kind == Kind::leaving) {
      const int line_y = y + label_line + 2;
      add_time(row, line_y - 3);
      add_label(row, line_y, x_of(row.lane), row.other.value_or(row.lane == 0 ? 1 : 0) >= row.lane);
      left_at_[row.message] = line_y;
      if (!row.other) add_arrow(row, line_y, line_y + 8);
      return line_y + 4;
    }
    const int line_y = y + 8;
    add_time(row, line_y + 3);
    const auto start = left_at_.find(row.message);
    add_arrow(row, start == left_at_.end() ? line_y - 6 : start->second, line_y);
    return line_y + 6;
  }

  void add_label(const LaneRow& row, int y, int x, bool right) {
    labels_ +=
        std::string("<g class=\"label") + (row.kind == LaneRow::Kind::losing ? " lost" : "") + "\">" + tooltip(row) +
        lines_at({cut_to(row.text, label_columns)}, right ? x + 9 : x - 9, y - 3, label_line, right ? "start" : "end") +
        "</g>\n";
  }

  // One that is still under way when the trace ends stops halfway.
  void add_arrow(const LaneRow& row, int from_y, int to_y) {
    const bool lost = row.kind == LaneRow::Kind::losing;
    const bool under_way = !row.other;
    const std::size_t to = row.other.value_or(row.lane == 0 ? 1 : 0);
    const int away = to >= row.lane ? 1 : -1;
    const int from_x = x_of(row.lane);
    const int to_x = under_way ? from_x + away * lane_width / 2 : x_of(to) - away * (lost ? 14 : 3);
    arrows_ += std::string("<g class=\"message") + (lost ? " lost" : "") + "\">" + tooltip(row) + "<circle cx=\"" +
               number(from_x) + "\" cy=\"" + number(from_y) + "\" r=\"2.5\"/><path" +
               (lost ? "" : " marker-end=\"url(#tip)\"") + " d=\"M" + number(from_x) + " " + number(from_y) + "L" +
               number(to_x) + " " + number(to_y) + "\"/>";
    if (lost) {
      arrows_ += "<path class=\"cross\" d=\"M" + number(to_x - 5) + " " + number(to_y - 5) + "l10 10m0 -10l-10 10\"/>";
    }
    arrows_ += "</g>\n";
  }

  const LaneRows& rows_;
  const LaneOptions& options_;
  int left_ = 0;
  std::string last_time_;
  std::map<std::uint64_t, int> left_at_;  // by message: where its arrow begins
  std::string arrows_, boxes_, labels_;   // in the order in which they cover each other
};

}  // namespace

std::string lanes_svg(const std::vector<Moment>& moments, const LaneOptions& options) {
  const LaneRows rows = arrange(moments, options, false);
  return Picture(rows, options).draw();
}

}  // namespace tidemark::sim
