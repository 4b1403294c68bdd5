#include "client/svg.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "crdt/columns.h"

namespace tidemark {
namespace {

constexpr std::size_t lane_colours = 6;
constexpr int title_letter = 15;
constexpr std::size_t title_columns = 80;

// Not every program that shows SVG knows CSS variables, so the colours are put in here.
constexpr const char* layout_rules =
    "text{font:11px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;white-space:pre}"
    ".title{font-size:15px;font-weight:bold}.bold{font-weight:bold}.struck{text-decoration:line-through}"
    "path{fill:none;stroke-width:1.5}.seen{stroke-width:1.8}.settles{stroke-dasharray:5 3}.undoes{stroke-dasharray:2 3}"
    ".box{stroke-width:1.2}.dot{stroke-width:2}.halo{stroke-width:1.5;fill:none}.mark{stroke:none}"
    "path.tip{stroke:none}";

constexpr const char* colour_rules =
    "text{fill:INK}.paper{fill:PAPER}.line{stroke:LINE}.faint{fill:FAINT}.alarm{fill:AMBER}"
    ".box{fill:CARD;stroke:LINE}.box.now{stroke:GREEN}.box.lost{fill:NOTICE;stroke:AMBER}.halo{stroke:GREEN}"
    ".tip.seen{fill:FAINT}.tip.settles{fill:GREEN}.tip.undoes{fill:RED}.halo.lost{stroke:AMBER}.mark{fill:GREEN}.seen{"
    "stroke:FAINT}.settles{stroke:GREEN}.undoes{stroke:RED}"
    "text.lane0{fill:BLUE}text.lane1{fill:ORANGE}text.lane2{fill:VIOLET}text.lane3{fill:TEAL}text.lane4{fill:PINK}"
    "text.lane5{fill:OLIVE}.dot.lane0{fill:BLUE;stroke:BLUE}.dot.lane1{fill:ORANGE;stroke:ORANGE}"
    ".dot.lane2{fill:VIOLET;stroke:VIOLET}.dot.lane3{fill:TEAL;stroke:TEAL}.dot.lane4{fill:PINK;stroke:PINK}"
    ".dot.lane5{fill:OLIVE;stroke:OLIVE}.dot.hollow{fill:PAPER}path.lane0{stroke:BLUE}path.lane1{stroke:ORANGE}"
    "path.lane2{stroke:VIOLET}path.lane3{stroke:TEAL}path.lane4{stroke:PINK}path.lane5{stroke:OLIVE}";

struct Colour {
  const char* name;
  const char* light;
  const char* dark;
};
constexpr Colour palette[] = {
    {"PAPER", "#ffffff", "#0f1419"},  {"CARD", "#f6f8fa", "#1a2129"},   {"INK", "#1f2328", "#e6e9ed"},
    {"FAINT", "#636c76", "#9aa3ad"},  {"LINE", "#c4cbd3", "#46505a"},   {"BLUE", "#0757b0", "#8cc2ff"},
    {"ORANGE", "#a04100", "#ffb077"}, {"VIOLET", "#5e3aa8", "#c6adff"}, {"TEAL", "#00666b", "#6fd6d6"},
    {"PINK", "#a3246b", "#ff9fcf"},   {"OLIVE", "#5a6200", "#cdd56a"},  {"RED", "#b5202a", "#ff9c95"},
    {"GREEN", "#16692f", "#7fdb95"},  {"AMBER", "#7a4d00", "#f2c55c"},  {"NOTICE", "#fff3d3", "#33280c"}};

std::string coloured(const char* Colour::*scheme) {
  std::string rules = colour_rules;
  for (const Colour& colour : palette) {
    const std::string_view name = colour.name;
    for (std::size_t at = rules.find(name); at != std::string::npos; at = rules.find(name, at))
      rules.replace(at, name.size(), colour.*scheme);
  }
  return rules;
}

}  // namespace

std::string lane_class(std::size_t lane) { return "lane" + std::to_string(lane % lane_colours); }

int svg_width(std::size_t columns) {
  constexpr double of_its_size = 0.605;
  return int(double(columns) * svg_letter * of_its_size) + 1;
}

std::string svg_escaped(std::string_view text) {
  std::string out;
  const std::string shown = printable(text);
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const std::string_view rest = std::string_view(shown).substr(i);
    if (rest.compare(0, 3, "\xef\xbf\xbe") == 0 || rest.compare(0, 3, "\xef\xbf\xbf") == 0) {
      out += '?';  // the two characters that UTF-8 can say and XML cannot
      i += 2;
    } else if (shown[i] == '&') {
      out += "&amp;";
    } else if (shown[i] == '<') {
      out += "&lt;";
    } else if (shown[i] == '>') {
      out += "&gt;";
    } else {
      out += shown[i];
    }
  }
  return out;
}

std::string svg_text(int x, int y, std::string_view css_class, std::string_view text) {
  std::string out = "<text x=\"" + std::to_string(x) + "\" y=\"" + std::to_string(y) + "\"";
  if (!css_class.empty()) out.append(" class=\"").append(css_class).append("\"");
  return out + ">" + svg_escaped(text) + "</text>\n";
}

std::string svg_path(std::string_view css_class, const std::string& d) {
  return "<path class=\"" + std::string(css_class) + "\" d=\"" + d + "\"/>\n";
}

std::string svg_circle(std::string_view css_class, int x, int y, int radius) {
  return "<circle class=\"" + std::string(css_class) + "\" cx=\"" + std::to_string(x) + "\" cy=\"" + std::to_string(y) +
         "\" r=\"" + std::to_string(radius) + "\"/>\n";
}

std::string svg_page(const SvgPage& page) {
  const std::string title = cut_to(printable(page.title), title_columns);
  const std::size_t head = std::max(columns_of(title) * title_letter / svg_letter + 1, columns_of(page.subtitle));
  const std::string width = std::to_string(std::max(page.width, svg_width(head) + 2 * svg_margin));
  const std::string height = std::to_string(page.height);
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-labelledby=\"title desc\" viewBox=\"0 0 " +
         width + " " + height + "\" width=\"" + width + "\" height=\"" + height + "\">\n<title id=\"title\">" +
         svg_escaped(page.title) + "</title>\n<desc id=\"desc\">" + svg_escaped(page.subtitle) +
         "</desc>\n<style>svg{color-scheme:light dark}" + layout_rules + coloured(&Colour::light) +
         "@media (prefers-color-scheme:dark){" + coloured(&Colour::dark) +
         "}</style>\n<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n" +
         svg_text(svg_margin, 28, "title", title) + svg_text(svg_margin, 46, "faint", page.subtitle) + page.body +
         "</svg>\n";
}

}  // namespace tidemark
