#include "client/cli/entity_line.h"

#include "client/cli/json_line.h"

namespace tidemark::cli {

std::string attributes_line(const Entity& entity) {
  JsonLine line;
  for (const auto& [name, value] : entity.attributes) line.value(name, value);
  return line.str();
}

std::string entity_line(const Entity& entity) {
  JsonLine line;
  line.text("id", entity.id);
  for (const auto& [name, value] : entity.attributes) {
    if (name != "id") line.value(name, value);
  }
  return line.str();
}

}  // namespace tidemark::cli
