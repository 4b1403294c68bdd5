// Entities as JSON objects.
#pragma once

#include <string>

#include "client/replica.h"

namespace tidemark::cli {

// {"attribute":value,...}, ascending by name.
std::string attributes_line(const Entity& entity);
// The same with "id" first. The id hides an attribute of that name, which attributes_line shows.
std::string entity_line(const Entity& entity);

}  // namespace tidemark::cli
