// The words of the drawings of a history. Internal to drawings.
#pragma once

#include <string>

#include "client/history.h"

namespace tidemark {

// "2026-11-20 14:40:12".
std::string time_words(const Stamp& stamp);

// "title = "Shopping"", or of a mark of deletion what it means.
std::string write_words(const TimelineStep& step);

// "7 changes since 2026-11-20 14:40:12, the last at ..., deleted".
std::string summary_words(const Timeline& timeline);

}  // namespace tidemark
