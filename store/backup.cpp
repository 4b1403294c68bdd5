// Store: a consistent copy while others write.
#include <SQLiteCpp/Backup.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "store/internal/parts.h"

namespace tidemark::store {

namespace {

constexpr int pages_a_step = 256;

[[noreturn]] void fail(const std::string& what, int error) {
  const Failure failure = error == ENOSPC || error == EDQUOT                    ? Failure::disk_full
                          : error == EACCES || error == EPERM || error == EROFS ? Failure::read_only
                          : error == ENOENT                                     ? Failure::not_found
                          : error == EEXIST                                     ? Failure::exists
                                                                                : Failure::io_error;
  throw StoreError(failure, what, std::strerror(error));
}

void sync_path(const std::string& path, int flags) {
  const int descriptor = open(path.c_str(), flags | O_CLOEXEC);
  if (descriptor < 0) fail("syncing " + path, errno);
  const int result = fsync(descriptor);
  const int error = errno;
  close(descriptor);
  if (result != 0) fail("syncing " + path, error);
}

void copy_pages(internal::Connection& from, SQLite::Database& to, const Progress& progress) {
  SQLite::Backup backup(to, from.database());
  for (int result = SQLITE_OK; result != SQLITE_DONE;) {
    result = backup.executeStep(pages_a_step);
    const auto total = static_cast<std::uint64_t>(backup.getTotalPageCount());
    if (progress) progress(total - static_cast<std::uint64_t>(backup.getRemainingPageCount()), total);
    if (result == SQLITE_BUSY || result == SQLITE_LOCKED)
      throw StoreError(Failure::busy, "copying pages", "the copy is in use");
  }
}

void remove_files(const std::string& path) {
  std::error_code ignored;
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) std::filesystem::remove(path + suffix, ignored);
}

// Gives the finished file its name, unless something has it by now.
void name_file(const std::string& temporary, const std::string& path) {
  if (link(temporary.c_str(), path.c_str()) == 0) {
    unlink(temporary.c_str());
  } else if (errno != EPERM && errno != EOPNOTSUPP && errno != EMLINK) {
    fail("naming the copy " + path, errno);
  } else if (rename(temporary.c_str(), path.c_str()) != 0) {  // a file system without hard links
    fail("naming the copy " + path, errno);
  }
}

std::unique_ptr<SQLite::Database> open_copy(const std::string& path, const std::string& vfs) {
  try {
    return std::make_unique<SQLite::Database>(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, 0, vfs);
  } catch (const SQLite::Exception&) {
    if (!vfs.empty()) throw;
    const std::filesystem::path folder = std::filesystem::absolute(path).parent_path();
    fail("creating " + path, access(folder.c_str(), W_OK) == 0 ? EIO : errno);
  }
}

void write_copy(internal::File& file, const std::string& path, const Progress& progress) {
  const std::unique_ptr<SQLite::Database> copy = open_copy(path, file.connection.vfs());
  {
    // One snapshot for all the steps, or each commit of another process would start the copy again.
    internal::Read read(file);
    file.connection.pragma("SELECT count(*) FROM meta");
    copy_pages(file.connection, *copy, progress);
  }
  try {
    copy->exec("INSERT OR REPLACE INTO meta(key, value) VALUES('needs_new_node', 1)");
    copy->exec("PRAGMA wal_checkpoint(TRUNCATE)");
  } catch (const SQLite::Exception& exception) {
    internal::rethrow("finishing a backup", exception, sqlite3_system_errno(copy->getHandle()));
  }
}

}  // namespace

void Store::backup(const std::string& path, const Progress& progress) const {
  internal::guarded(*parts_, "making a backup", [&] {
    const std::string doing = "making the backup " + path;
    const std::string& vfs = parts_->connection.vfs();
    for (const char* suffix : {"", "-wal"}) {
      if (internal::path_exists(path + suffix, vfs))
        throw StoreError(Failure::exists, doing, "there is a file " + path + suffix);
    }
    // Only the operating system's own files can be renamed; elsewhere the copy gets its name at once.
    const bool renames = vfs.empty();
    const std::string temporary = renames ? path + "-partial-" + std::to_string(getpid()) : path;
    if (renames) remove_files(temporary);
    try {
      write_copy(*parts_, temporary, progress);
      if (!renames) return;
      sync_path(temporary, O_RDWR);
      name_file(temporary, path);
      sync_path(std::filesystem::absolute(path).parent_path().string(), O_RDONLY | O_DIRECTORY);
    } catch (...) {
      if (renames) remove_files(temporary);
      throw;
    }
  });
}

}  // namespace tidemark::store
