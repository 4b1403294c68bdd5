// The replica file as a stranger with SQL sees it.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <string>
#include <vector>

namespace tidemark::store {

// The rows of a query, columns separated by bars; NULL prints as nothing.
inline std::vector<std::string> rows(const std::string& path, const std::string& sql) {
  SQLite::Database database(path, SQLite::OPEN_READONLY, 1000);
  SQLite::Statement statement(database, sql);
  std::vector<std::string> lines;
  while (statement.executeStep()) {
    std::string line;
    for (int i = 0; i < statement.getColumnCount(); ++i)
      line += (i > 0 ? "|" : "") + statement.getColumn(i).getString();
    lines.push_back(line);
  }
  return lines;
}

inline std::string one_row(const std::string& path, const std::string& sql) {
  const std::vector<std::string> lines = rows(path, sql);
  return lines.size() == 1 ? lines.front() : std::to_string(lines.size()) + " rows";
}

// Does what a vandal with SQL would do.
inline void damage(const std::string& path, const std::string& sql) {
  SQLite::Database database(path, SQLite::OPEN_READWRITE, 1000);
  database.exec(sql);
}

}  // namespace tidemark::store
