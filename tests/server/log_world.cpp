#include "tests/server/log_world.h"

#include <sqlite3.h>

namespace tidemark::server::testing {

void alter(const std::string& path, const std::string& sql) {
  sqlite3* database = nullptr;
  char* message = nullptr;
  const bool done = sqlite3_open(path.c_str(), &database) == SQLITE_OK &&
                    sqlite3_exec(database, sql.c_str(), nullptr, nullptr, &message) == SQLITE_OK;
  const std::string reason = message ? message : "";
  sqlite3_free(message);
  sqlite3_close(database);
  if (!done) throw std::runtime_error(sql + ": " + reason);
}

}  // namespace tidemark::server::testing
