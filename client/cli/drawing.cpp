#include "client/cli/drawing.h"

#include <cerrno>
#include <fstream>
#include <system_error>

#include "client/cli/json_line.h"

namespace tidemark::cli {

Flag svg_flag() { return {"--svg", "OUT", "the file to draw into, in place of what is there; - is stdout"}; }

int write_drawing(const std::string& path, const std::string& svg, Console& console) {
  if (path == "-") {
    console.out().text(svg);
    return exit_ok;
  }
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << svg;
  file.close();
  if (!file) throw std::system_error(errno, std::generic_category(), path);
  console.out().line(JsonLine().truth("ok", true).str());
  return exit_ok;
}

}  // namespace tidemark::cli
