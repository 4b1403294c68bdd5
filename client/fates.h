// Fates: a timeline as drawings show it. Its lanes, and what became of each write. Internal to drawings.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "client/history.h"

namespace tidemark {

enum class Fate {
  shown,     // it is the current value
  replaced,  // somebody wrote over it knowingly, or settled it
  lost,      // it lost to a writer who had not seen it, and nobody settled that
  undone
};

struct Fates {
  explicit Fates(const Timeline& timeline);

  // Who wrote: an author at a device. Lanes stand in the order of their first changes.
  std::vector<std::string> lanes;
  std::vector<std::size_t> lane_of;                    // by position of the change
  std::map<Stamp, std::size_t> position;               // of a change
  std::vector<std::vector<Fate>> fates;                // by change and step
  std::map<std::string, std::vector<std::size_t>> at;  // by attribute: the positions of the changes that wrote it

 private:
  void find_lanes(const Timeline& timeline);
  void judge(const Timeline& timeline, const std::string& attribute);
};

// "#3": what a change is called in drawings, and in `tidemark at`.
std::string change_number(std::size_t position);

// What the links of a change to others of the timeline say, in words: "undoes #2", "settles #4 #5".
std::vector<std::string> link_words(const Fates& fates, const TimelineChange& change);

// "lost to #5, which had not seen it".
std::string lost_words(const Fates& fates, const std::string& attribute);

}  // namespace tidemark
