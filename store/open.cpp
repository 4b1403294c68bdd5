#include <sqlite3.h>
#include <unistd.h>

#include <filesystem>
#include <utility>

#include "crdt/limits.h"
#include "crdt/utf8.h"
#include "hlc/assert.h"
#include "store/internal/parts.h"
#include "store/internal/schema.h"

namespace tidemark::store {

using internal::Connection;

namespace {

// Offsets in SQLite's file header.
constexpr std::size_t header_size = 100;
constexpr std::size_t user_version_at = 60;
constexpr std::size_t application_id_at = 68;

std::int64_t header_number(const std::string& header, std::size_t at) {
  std::int64_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = number << 8 | static_cast<std::uint8_t>(header[at + i]);
  return number;
}

[[noreturn]] void refuse_newer(const std::string& doing, std::int64_t version) {
  throw StoreError(Failure::newer_schema, doing,
                   "the file has schema version " + std::to_string(version) + ", this program knows up to " +
                       std::to_string(internal::schema_version) + "; use a newer program");
}

// SQLite's own "unable to open" says little, so look what is in the way.
[[noreturn]] void explain_open(const std::string& doing, const std::string& path, const Options& options, bool creating,
                               const SQLite::Exception& exception) {
  if (options.vfs.empty()) {
    std::error_code error;
    const std::filesystem::path file(path);
    const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
    if (std::filesystem::is_directory(file, error)) {
      throw StoreError(creating ? Failure::exists : Failure::not_a_replica, doing, "it is a directory");
    }
    if (!std::filesystem::exists(folder, error))
      throw StoreError(Failure::not_found, doing, "there is no such directory");
    if (!creating && !std::filesystem::exists(file, error) && !error)
      throw StoreError(Failure::not_found, doing, "there is no such file");
    const bool allowed = access(creating ? folder.c_str() : path.c_str(), R_OK | W_OK) == 0;
    if (!allowed)
      throw StoreError(Failure::read_only, doing, "the file or its directory may not be written",
                       exception.getExtendedErrorCode());
  }
  if (!creating && !internal::path_exists(path, options.vfs))
    throw StoreError(Failure::not_found, doing, "there is no such file");
  throw StoreError(Failure::io_error, doing, exception.what(), exception.getExtendedErrorCode());
}

// The name by which SQLite reads a file that nobody can be writing: it then needs no shared memory beside it.
std::string immutable_name(const std::string& path) {
  std::string name = "file:";
  for (const char c : std::filesystem::absolute(path).string()) {
    if (c == '?' || c == '#' || c == '%') {
      static constexpr char digits[] = "0123456789ABCDEF";
      name += {'%', digits[static_cast<std::uint8_t>(c) >> 4], digits[c & 0xf]};
    } else {
      name += c;
    }
  }
  return name + "?immutable=1";
}

bool has_log(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path + "-wal", error);
  return !error && size > 0;
}

}  // namespace

Store::Store(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

Store Store::create(const std::string& path, const std::string& space, NodeId node, const Options& options) {
  TIDEMARK_ASSERT(!space.empty() && space.size() <= max_space_bytes && is_utf8(space));
  const std::string doing = "creating " + path;
  std::unique_ptr<Parts> parts;
  try {
    parts = std::make_unique<Parts>(path, Connection::Open::create, options);
  } catch (const SQLite::Exception& exception) {
    explain_open(doing, path, options, true, exception);
  }
  return internal::guarded(*parts, doing.c_str(), [&] {
    Connection& connection = parts->connection;
    if (!connection.writable())
      throw StoreError(Failure::exists, doing, "there is a file of this name, and it is read-only");
    connection.exec(("PRAGMA page_size = " + std::to_string(internal::page_size)).c_str());
    // One transaction makes everything, so a crash leaves an empty file, which is as good as none.
    try {
      connection.exec("BEGIN EXCLUSIVE");
      if (connection.pragma("SELECT count(*) FROM sqlite_master") + connection.pragma("PRAGMA application_id") +
              connection.pragma("PRAGMA user_version") !=
          0) {
        throw StoreError(Failure::exists, doing, "there is a file of this name");
      }
    } catch (const SQLite::Exception& exception) {
      const int code = exception.getErrorCode() & 0xff;
      if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT) {
        throw StoreError(Failure::exists, doing, "there is a file of this name");
      }
      throw;
    }
    internal::lay_schema(connection);
    parts->put_meta("space", space);
    const std::int64_t id = parts->names.node(node);
    connection.query("UPDATE nodes SET own = 1, current = 1 WHERE id = ?").with(id).run();
    connection.exec("COMMIT");
    connection.configure();
    parts->refresh();
    parts->noticed_version = connection.pragma("PRAGMA data_version");
    return Store(std::move(parts));
  });
}

Store Store::open(const std::string& path, const Options& options) {
  const std::string doing = "opening " + path;
  // Before SQLite has a say, since it writes to a file that it opens for writing.
  const std::optional<std::string> header = internal::read_start(path, options.vfs, header_size);
  if (header && header->size() < header_size) throw StoreError(Failure::not_a_replica, doing, "the file is too short");
  if (header && header->compare(0, 15, "SQLite format 3") != 0)
    throw StoreError(Failure::not_a_replica, doing, "it is no SQLite file");
  if (header && header_number(*header, application_id_at) == internal::application_id &&
      header_number(*header, user_version_at) > internal::schema_version) {
    refuse_newer(doing, header_number(*header, user_version_at));
  }
  std::unique_ptr<Parts> parts;
  try {
    const auto how = options.read_only ? Connection::Open::read : Connection::Open::write;
    parts = std::make_unique<Parts>(path, how, options);
    if (!parts->connection.writable() && options.vfs.empty() &&
        parts->connection.database().tryExec("SELECT 1 FROM sqlite_master") != 0 && !has_log(path)) {
      parts = std::make_unique<Parts>(immutable_name(path), Connection::Open::read, options);
    }
  } catch (const SQLite::Exception& exception) {
    explain_open(doing, path, options, false, exception);
  }
  return internal::guarded(*parts, doing.c_str(), [&] {
    Connection& connection = parts->connection;
    std::int64_t version = 0;
    try {
      if (connection.pragma("PRAGMA application_id") != internal::application_id) {
        throw StoreError(Failure::not_a_replica, doing, "it is a SQLite file, but not a replica");
      }
      version = connection.pragma("PRAGMA user_version");
    } catch (const SQLite::Exception& exception) {
      if ((exception.getErrorCode() & 0xff) == SQLITE_NOTADB) {
        throw StoreError(Failure::corrupt, doing, exception.what(), SQLITE_NOTADB);
      }
      throw;
    }
    if (version > internal::schema_version) refuse_newer(doing, version);
    if (version < 1) throw StoreError(Failure::corrupt, doing, "the schema version is missing");
    connection.configure();
    if (version < internal::schema_version) {
      if (!connection.writable()) throw StoreError(Failure::read_only, doing, "its older schema must be migrated");
      internal::migrate(connection);
    }
    parts->refresh();
    parts->noticed_version = connection.pragma("PRAGMA data_version");
    return Store(std::move(parts));
  });
}

const std::string& Store::space() const { return parts_->state.space; }
NodeId Store::node() const { return parts_->state.node; }

bool Store::needs_new_node() const {
  if (!parts_->state.needs_new_node) return false;  // nothing says so later that did not at first
  return internal::guarded(*parts_, "reading the state", [&] {
    parts_->refresh();
    return parts_->state.needs_new_node;
  });
}

bool Store::changed_elsewhere() {
  return internal::guarded(*parts_, "looking for other writers", [&] {
    const std::int64_t version = parts_->connection.pragma("PRAGMA data_version");
    return std::exchange(parts_->noticed_version, version) != version;
  });
}

}  // namespace tidemark::store
