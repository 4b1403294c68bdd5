#include "sim/lanes.h"
#include "sim/scenario.h"

namespace tidemark::sim {
namespace {

constexpr std::size_t page_columns = 110;
constexpr std::size_t moments_unfolded_max = 60;  // short ones are shown message by message

std::string fenced(const std::string& text, const char* language = "text") {
  std::string fence = "```";
  while (text.find(fence) != std::string::npos) fence += "`";
  const std::string end = text.empty() || text.back() == '\n' ? "" : "\n";
  return fence + language + "\n" + text + end + fence + "\n\n";
}

LaneOptions options_for(const Scenario& scenario, const ScenarioOutcome& outcome) {
  LaneOptions options;
  options.order = outcome.lanes;
  options.width = page_columns;
  options.title = scenario.title.empty() ? scenario.name : scenario.title;
  options.description = scenario.description;
  return options;
}

}  // namespace

std::string picture(const Scenario& scenario, const ScenarioOutcome& outcome) {
  LaneOptions options = options_for(scenario, outcome);
  options.fold = outcome.moments.size() > moments_unfolded_max;
  return lanes_svg(outcome.moments, options);
}

std::string page(const Scenario& scenario, const ScenarioOutcome& outcome) {
  const LaneOptions options = options_for(scenario, outcome);
  std::string out = "# " + options.title + "\n\n";
  if (!scenario.description.empty()) out += scenario.description + "\n\n";
  if (!outcome.passed()) {
    out += "**It failed:**\n\n";
    for (const Failure& failure : outcome.failures)
      out += "- line " + std::to_string(failure.line) + ": `" + failure.expected + "`: " + failure.found + "\n";
    out += "\n";
  }
  out += "## What happens\n\n" + fenced(scenario.text);
  out += "![" + options.title + "](" + scenario.name + ".svg)\n\n";
  out += fenced(lanes_text(outcome.moments, options));
  out += "## Who won, and why\n\n";
  out += outcome.stories.empty() ? "Nothing was written.\n\n" : fenced(to_table(outcome.stories));
  out += "## Lost updates\n\n";
  out += outcome.lost.empty()
             ? "None: whoever replaced a value had seen it.\n"
             : "Values that lost to somebody who had never seen them. They stay in the history and are listed as "
               "conflicts.\n\n" +
                   fenced(to_table(outcome.lost));
  if (!outcome.gone.empty()) {
    out += "\n## Gone\n\nAcknowledged writes that no device holds any more:\n\n";
    for (const GoneWrite& gone : outcome.gone)
      out += "- line " + std::to_string(gone.line) + ", " + gone.author + ": `" + gone.op + "`\n";
  }
  return out;
}

}  // namespace tidemark::sim
