#include <algorithm>

#include "crdt/columns.h"
#include "sim/lane_rows.h"

namespace tidemark::sim {
namespace {

constexpr std::size_t lane_columns_min = 18;
constexpr std::size_t lane_columns_max = 48;
constexpr std::size_t text_lines_max = 5;

constexpr const char* dim = "\x1b[2m";
constexpr const char* red = "\x1b[31m";
constexpr const char* green = "\x1b[32m";
constexpr const char* yellow = "\x1b[33m";
constexpr const char* bold = "\x1b[1m";
constexpr const char* plain = "\x1b[0m";

struct Style {
  const char* mark;
  const char* colour;
};

Style style_of(const LaneRow& row) {
  switch (row.moment) {
    case Moment::Kind::write:
      return {"●", bold};
    case Moment::Kind::refused:
      return {"○", red};
    case Moment::Kind::fault:
      return {"!", red};
    case Moment::Kind::healed:
      return {"+", green};
    case Moment::Kind::told:
      return {"»", yellow};
    case Moment::Kind::checked:
      return failed(row) ? Style{"✗", red} : Style{"✓", green};
    default:
      return {"·", dim};
  }
}

// One line, glyph by glyph. A glyph of two columns leaves the next one empty.
class Line {
 public:
  void put(std::size_t column, std::string_view text, const char* colour) {
    while (!text.empty()) {
      std::size_t size = 1;
      while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) ++size;
      const std::string_view glyph = text.substr(0, size);
      const std::size_t takes = columns_of(glyph);
      if (glyphs_.size() < column + takes) glyphs_.resize(column + takes, {" ", nullptr});
      if (takes == 0 && column > 0) {
        glyphs_[column - 1].text += glyph;
      } else {
        glyphs_[column] = {std::string(glyph), colour};
        if (takes == 2) glyphs_[column + 1] = {"", colour};
      }
      column += takes;
      text.remove_prefix(size);
    }
  }

  std::string to_text(bool colours) const {
    std::size_t end = glyphs_.size();
    while (end > 0 && glyphs_[end - 1].text == " ") --end;
    std::string out;
    const char* now = nullptr;
    for (std::size_t i = 0; i < end; ++i) {
      if (colours && glyphs_[i].colour != now) {
        if (now) out += plain;
        now = glyphs_[i].colour;
        if (now) out += now;
      }
      out += glyphs_[i].text;
    }
    if (now) out += plain;
    return out + "\n";
  }

 private:
  struct Glyph {
    std::string text;
    const char* colour;
  };
  std::vector<Glyph> glyphs_;
};

class Drawing {
 public:
  Drawing(const LaneRows& picture, const LaneOptions& options) : picture_(picture), colours_(options.colour) {
    for (const LaneRow& row : picture_.rows) left_ = std::max(left_, time_label(row.ms).size() + 2);
    const std::size_t lanes = picture_.lanes.size();
    const std::size_t room = options.width > left_ ? options.width - left_ : 0;
    lane_columns_ = std::clamp(room / std::max<std::size_t>(lanes, 1), lane_columns_min, lane_columns_max);
  }

  std::string draw() {
    Line head;
    for (std::size_t lane = 0; lane < picture_.lanes.size(); ++lane)
      head.put(place(lane), cut_to(printable(picture_.lanes[lane]), lane_columns_ - 2), bold);
    std::string out = head.to_text(colours_);
    std::string last_time;
    std::vector<Line> lines;
    for (const LaneRow& row : picture_.rows) {
      if (row.beside) {
        put_at_node(lines, row);
        continue;
      }
      for (const Line& line : lines) out += line.to_text(colours_);
      lines = draw(row);
      const std::string time = time_label(row.ms);
      if (time != last_time) lines.front().put(left_ - 2 - time.size(), time, dim);
      last_time = time;
    }
    for (const Line& line : lines) out += line.to_text(colours_);
    return out;
  }

 private:
  std::size_t place(std::size_t lane) const { return left_ + lane * lane_columns_; }

  Line empty_line() const {
    Line line;
    for (std::size_t lane = 0; lane < picture_.lanes.size(); ++lane) line.put(place(lane), "│", dim);
    return line;
  }

  // Text beside the life line of a lane, from a line on.
  void add_text(std::vector<Line>& lines, std::size_t from, std::size_t lane, std::string_view text,
                const char* colour) const {
    for (const std::string& part : wrap(text, lane_columns_ - 3, text_lines_max)) {
      if (from == lines.size()) lines.push_back(empty_line());
      lines[from++].put(place(lane) + 2, part, colour);
    }
  }

  std::vector<Line> draw(const LaneRow& row) const {
    switch (row.kind) {
      case LaneRow::Kind::across:
        return across(row);
      case LaneRow::Kind::at_node: {
        std::vector<Line> lines{empty_line()};
        put_at_node(lines, row);
        return lines;
      }
      default:
        return message(row);
    }
  }

  std::vector<Line> across(const LaneRow& row) const {
    const Style style = style_of(row);
    const std::size_t total = std::max(lane_columns_ * picture_.lanes.size(), lane_columns_min);
    std::vector<Line> lines;
    for (const std::string& text : wrap(row.text, total - 8, text_lines_max)) {
      const std::string front = lines.empty() ? std::string("┄┄ ") + style.mark + " " : "┄┄   ";
      Line line;
      line.put(left_, front + text + " ", style.colour);
      const std::size_t used = columns_of(front) + columns_of(text) + 1;
      line.put(left_ + used, repeated("┄", total > used ? total - used : 0), dim);
      lines.push_back(std::move(line));
    }
    return lines;
  }

  void put_at_node(std::vector<Line>& lines, const LaneRow& row) const {
    const Style style = style_of(row);
    lines[0].put(place(row.lane), style.mark, style.colour);
    add_text(lines, 0, row.lane, row.text, style.colour);
  }

  std::vector<Line> message(const LaneRow& row) const {
    using Kind = LaneRow::Kind;
    const bool lost = row.kind == Kind::losing || row.kind == Kind::missing;
    const bool starts = row.kind != Kind::coming && row.kind != Kind::losing;
    const bool ends = row.kind != Kind::leaving;
    const char* colour = lost ? red : nullptr;
    std::vector<Line> lines{empty_line()};
    Line& line = lines[0];
    const std::size_t from = row.lane;
    const std::size_t to = row.other.value_or(from == 0 ? 1 : 0);
    const bool right = to >= from;
    const std::size_t label_max = lane_columns_ - 9;
    std::string label = row.text;
    if (row.kind == Kind::chatter && columns_of(label) > label_max)
      label = std::to_string(row.messages) + (row.messages == 1 ? " message" : " messages");

    // Gaps between lanes go by the lane to their left. What has both ends here crosses all of them.
    const std::size_t start_gap = right ? from : from - 1;
    const std::size_t end_gap = right ? to - 1 : to;
    const std::size_t label_gap = starts ? start_gap : end_gap;
    const std::size_t first_gap = std::min(label_gap, ends ? end_gap : start_gap);
    const std::size_t last_gap = std::max(label_gap, ends ? end_gap : start_gap);
    for (std::size_t gap = first_gap; gap <= last_gap; ++gap) {
      line.put(place(gap) + 1, repeated(starts && ends ? "─" : "┄", lane_columns_ - 1), colour);
      if (gap > first_gap) line.put(place(gap), "┼", colour);
    }
    if (starts) line.put(place(from), right ? "├" : "┤", colour);
    const std::size_t tip = right ? place(to) - 1 : place(to) + 1;
    if (ends) line.put(tip, lost ? "✗" : right ? "▶" : "◀", colour);
    if (row.kind == Kind::chatter) line.put(right ? place(from) + 1 : place(from) - 1, right ? "◀" : "▶", colour);
    line.put(place(label_gap) + 3, " " + cut_to(label, label_max) + " ", colour);
    if (label != row.text && row.kind == Kind::chatter) add_text(lines, 1, from, row.text, dim);
    return lines;
  }

  const LaneRows& picture_;
  bool colours_;
  std::size_t left_ = 0;
  std::size_t lane_columns_ = 0;
};

}  // namespace

std::string lanes_text(const std::vector<Moment>& moments, const LaneOptions& options) {
  if (moments.empty()) return {};
  const LaneRows picture = arrange(moments, options, true);
  return Drawing(picture, options).draw();
}

}  // namespace tidemark::sim
