// HistoryLine: an event of the history as a line of JSON.
#pragma once

#include <string>

#include "store/types.h"

namespace tidemark::cli {

std::string history_line(const store::HistoryRow& row);

}  // namespace tidemark::cli
