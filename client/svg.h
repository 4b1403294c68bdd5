// Svg: what the drawings of a history are made of. Texts stand in a monospaced font, so that their widths are known, and
// colours have one value for light pages and one for dark ones. Internal to drawings.
#pragma once

#include <string>
#include <string_view>

namespace tidemark {

inline constexpr int svg_letter = 11;  // px, the size of the font
inline constexpr int svg_line = 16;    // px, from one line of text to the next
inline constexpr int svg_margin = 16;

// Lanes take the colours of the classes lane0 to lane5 in turn.
std::string lane_class(std::size_t lane);

// Room that text of so many columns takes.
int svg_width(std::size_t columns);

// Printable, and with what XML needs escaped.
std::string svg_escaped(std::string_view text);

// One line of text. Classes that are known: faint, bold, struck, alarm, lane0...
std::string svg_text(int x, int y, std::string_view css_class, std::string_view text);

// A path with the classes it is drawn in: line, seen, settles, undoes, lane0...
std::string svg_path(std::string_view css_class, const std::string& d);

// Classes: dot with a lane and perhaps hollow; halo and perhaps lost; mark.
std::string svg_circle(std::string_view css_class, int x, int y, int radius);

// The whole drawing: head is what a reader sees above the body, which begins below svg_body_top.
inline constexpr int svg_body_top = 64;
struct SvgPage {
  int width = 0;
  int height = 0;
  std::string title;
  std::string subtitle;
  std::string body;
};
std::string svg_page(const SvgPage& page);

}  // namespace tidemark
