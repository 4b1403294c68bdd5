#include "client/cli/list_options.h"

namespace tidemark::cli {

std::vector<Flag> list_flags() {
  return {{"--where", "ATTR=JSON", "only entities whose attribute has this value; several must all hold", true},
          {"--deleted", "", "also entities that are deleted"}};
}

Result<ListOptions> read_list_options(const Args& args) {
  ListOptions options;
  options.deleted = args.has("--deleted");
  for (const std::string& condition : args.values("--where")) {
    const std::size_t equals = condition.find('=');
    if (equals == std::string::npos || equals == 0)
      return usage_error("--where", condition, "ATTR=JSON", "For a text: --where 'title=\"Shopping\"'");
    Result<Value> value = Value::from_json(std::string_view(condition).substr(equals + 1));
    if (!value) {
      Error error = value.error();
      error.field = "--where " + condition.substr(0, equals) + ": " + error.field;
      return error;
    }
    options.where.emplace_back(condition.substr(0, equals), std::move(*value));
  }
  return options;
}

}  // namespace tidemark::cli
