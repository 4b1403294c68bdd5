// LineReader: the lines of a file or of standard input, however long the whole is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tidemark::cli {

// Longer lines are refused: the largest value fits many times over, whatever its spelling.
inline constexpr std::size_t max_line_bytes = 8 * 1024 * 1024;

class LineReader {
 public:
  enum class Next { line, end, too_long };

  // "-" is standard input. Throws std::system_error, here and in next().
  explicit LineReader(const std::string& path);
  ~LineReader();
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  // Puts the next line, without its line feed, into `line`; it is valid until the next call. The last line may lack
  // its line feed. After too_long nothing more can be read.
  Next next(std::string_view& line);

  std::uint64_t number() const { return number_; }            // of the last line given, from 1
  std::uint64_t bytes_given() const { return bytes_given_; }  // of all lines given, line feeds included
  std::uint64_t bytes_total() const { return bytes_total_; }  // size of a regular file, 0 if it is none
  // True if the next line is not here yet: next() would wait for whoever writes.
  bool would_wait() const;

 private:
  bool fill();

  int descriptor_;
  bool owned_;
  bool ended_ = false;
  std::string path_;
  std::string buffer_;
  std::size_t start_ = 0;    // of what was not given yet
  std::size_t scanned_ = 0;  // no line feed between start_ and here
  std::uint64_t number_ = 0;
  std::uint64_t bytes_given_ = 0;
  std::uint64_t bytes_total_ = 0;
};

}  // namespace tidemark::cli
