#include "client/cli/absent.h"

#include "store/store.h"

namespace tidemark::cli {

std::optional<Error> check_known(const Replica& replica, const std::string& entity) {
  if (!replica.store().entity(entity).empty()) return std::nullopt;
  return Error{"not_found", "entity", excerpt(entity), "", "This replica knows no such entity", Retry::after_fix};
}

Error unknown_attribute(const std::string& entity, const std::string& attribute) {
  return {"not_found", "attribute",     excerpt(attribute), "one that was written in entity " + entity,
          "",          Retry::after_fix};
}

}  // namespace tidemark::cli
