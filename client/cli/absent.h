// Absent: what a verb says when the entity that was named is not there.
#pragma once

#include <optional>
#include <string>

#include "client/replica.h"

namespace tidemark::cli {

// not_found, unless this replica ever heard of the entity.
std::optional<Error> check_known(const Replica& replica, const std::string& entity);

// not_found, of an attribute that was never written.
Error unknown_attribute(const std::string& entity, const std::string& attribute);

}  // namespace tidemark::cli
