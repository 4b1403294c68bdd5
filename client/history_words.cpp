#include "client/history_words.h"

namespace tidemark {

std::string time_words(const Stamp& stamp) {
  constexpr std::size_t date_size = 10;
  constexpr std::size_t time_size = 8;
  const std::string text = to_string(stamp);
  return text.substr(0, date_size) + " " + text.substr(date_size + 1, time_size);
}

std::string write_words(const TimelineStep& step) {
  if (step.attribute == deleted_attribute) {
    if (step.value == Value::boolean(true)) return "deleted";
    if (step.value == Value::boolean(false)) return "brought back";
  }
  return step.attribute + " = " + step.value.to_json();
}

std::string summary_words(const Timeline& timeline) {
  if (timeline.changes.empty()) return "no changes";
  const std::size_t count = timeline.changes.size();
  std::string words = std::to_string(count) + (count == 1 ? " change" : " changes") + ", from " +
                      time_words(timeline.created->stamp) + " to " + time_words(timeline.updated->stamp) + " UTC";
  if (timeline.deleted) words += ", deleted now";
  return words;
}

}  // namespace tidemark
