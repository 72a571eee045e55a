// SPDX-License-Identifier: MIT
#include "sqlite/sqlite_connection.hpp"

#include <algorithm>
#include <charconv>
#include <functional>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace convert::sqlite {
namespace {

constexpr std::chrono::milliseconds kMaxWaitForReaders(500);

Error io_error(const Database& database, std::string_view advice, std::string_view reason, bool retryable) {
  return {Errc::io,
          fmt::format("{} (the database of {} {}; SQLite says: {}).", advice, database.what,
                      database.file.native(), reason),
          retryable};
}

/// SQLite's indexes of $1, $2, ...: it numbers named parameters in the order of their first use.
std::vector<int> parameter_positions(sqlite3_stmt* statement) {
  std::vector<int> positions(static_cast<std::size_t>(sqlite3_bind_parameter_count(statement)), 0);
  for (int position = 1; position <= static_cast<int>(positions.size()); ++position) {
    const std::string_view name = sqlite3_bind_parameter_name(statement, position);
    std::size_t number = 0;
    std::from_chars(name.data() + 1, name.data() + name.size(), number);
    positions.at(number - 1) = position;
  }
  return positions;
}

}  // namespace

Error sqlite_error(int code, const Database& database, std::string_view reason) {
  const auto& [path, what] = database;
  const auto& file = path.native();
  switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return {Errc::unavailable,
              fmt::format("The database of {} {} is busy: another process has been writing for longer than "
                          "the busy timeout. Try again, or find the process that holds it.",
                          what, file),
              true};
    case SQLITE_FULL:
      return io_error(database, "The disk is full: free some space, then try again", reason, true);
    case SQLITE_READONLY:
      return io_error(database,
                      "The file is not writable: give this user permission to write it and its folder",
                      reason, false);
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return io_error(database, "The file cannot be opened: check that its folder exists and is writable",
                      reason, false);
    case SQLITE_IOERR:
      return io_error(database, "Reading or writing failed: check the disk and the system log", reason,
                      false);
    case SQLITE_NOMEM:
      return {Errc::unavailable, fmt::format("Out of memory in the database of {} {}.", what, file), true};
    case SQLITE_NOTADB:
      return {Errc::internal,
              fmt::format("{} is not a database of {}, or its header was overwritten: name another file, or "
                          "restore it from a backup.",
                          file, what)};
    case SQLITE_CORRUPT:
      return {
          Errc::internal,
          fmt::format("The database of {} {} is damaged: stop all processes that use it, then restore "
                      "it from a backup, or recover what is left with \"sqlite3 {} .recover\" (SQLite says: "
                      "{}).",
                      what, file, file, reason)};
    default:
      return {Errc::internal,
              fmt::format("The database of {} {} rejected a statement: {} (SQLite's code {}).", what, file,
                          reason, code)};
  }
}

Cursor::~Cursor() {
  if (statement_) sqlite3_reset(statement_->handle.get());
}

bool Cursor::next() {
  if (!statement_ || connection_.failed()) return false;
  const int code = sqlite3_step(statement_->handle.get());
  if (code == SQLITE_ROW) return true;
  // Before the reset, which may change the connection's message.
  if (code != SQLITE_DONE) connection_.fail(code);
  sqlite3_reset(statement_->handle.get());
  statement_ = nullptr;
  return false;
}

std::int64_t Cursor::integer(int column) const {
  return sqlite3_column_int64(statement_->handle.get(), column);
}

double Cursor::real(int column) const { return sqlite3_column_double(statement_->handle.get(), column); }

std::string Cursor::text(int column) const {
  const auto* bytes = sqlite3_column_text(statement_->handle.get(), column);
  if (bytes == nullptr) return {};
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_->handle.get(), column));
  return std::string(reinterpret_cast<const char*>(bytes), size);
}

bool Cursor::is_null(int column) const {
  return sqlite3_column_type(statement_->handle.get(), column) == SQLITE_NULL;
}

Result<std::unique_ptr<Connection>> Connection::open(Database database, Access access,
                                                     std::chrono::milliseconds busy_timeout) {
  // An absolute path: SQLite gives "", ":memory:" and "file:..." special meanings.
  std::error_code problem;
  auto path = std::filesystem::absolute(database.file, problem);
  if (database.file.empty() || problem) {
    return Error{Errc::invalid_argument,
                 fmt::format("The database of {} needs the path of a file.", database.what)};
  }
  database.file = std::move(path);
  std::unique_ptr<Connection> connection(new Connection(std::move(database), busy_timeout));
  const int create = access == Access::write ? SQLITE_OPEN_CREATE : 0;
  sqlite3* handle = nullptr;
  const int code =
      sqlite3_open_v2(connection->file().c_str(), &handle,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | create, nullptr);
  connection->handle_.reset(handle);
  if (code != SQLITE_OK) return sqlite_error(code, connection->database_, sqlite3_errstr(code));
  sqlite3_busy_handler(handle, &Connection::on_busy, connection.get());
  return connection;
}

/// Replaces SQLite's own busy handler, whose steps grow to 100 ms: most writers hold the lock for 1 ms.
int Connection::on_busy(void* self, int tries) {
  auto& connection = *static_cast<Connection*>(self);
  const auto now = std::chrono::steady_clock::now();
  if (tries == 0) connection.busy_deadline_ = now + connection.busy_timeout_;
  if (now >= connection.busy_deadline_) return 0;
  const std::chrono::microseconds step(50 << std::min(tries, 6));
  std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(step, connection.busy_deadline_ - now));
  return 1;
}

Statement* Connection::prepare(std::string_view sql) {
  if (error_) return nullptr;
  if (const auto known = statements_.find(sql); known != statements_.end()) return &known->second;
  sqlite3_stmt* handle = nullptr;
  const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  Statement statement{decltype(Statement::handle)(handle), {}};
  if (code != SQLITE_OK) {
    fail(code);
    return nullptr;
  }
  statement.parameters = parameter_positions(handle);
  return &statements_.emplace(std::string(sql), std::move(statement)).first->second;
}

void Connection::bind(const Statement& statement, int number, std::string_view value) {
  // A null pointer would bind NULL instead of an empty text.
  const char* bytes = value.data() == nullptr ? "" : value.data();
  check_bind(sqlite3_bind_text64(statement.handle.get(), position(statement, number), bytes, value.size(),
                                 SQLITE_TRANSIENT, SQLITE_UTF8));
}

Cursor Connection::query_with(std::string_view sql, std::span<const Value> values) {
  Statement* statement = prepare(sql);
  int number = 0;
  for (const auto& value : values) {
    if (!statement) break;
    ++number;
    std::visit([&](const auto& plain) { bind(*statement, number, plain); }, value);
  }
  return Cursor(*this, statement);
}

Result<void> Connection::run(std::string_view sql) {
  execute(sql);
  if (auto failure = take_error()) return std::move(*failure);
  return {};
}

Result<void> Connection::script(const std::string& sql) {
  const int code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code == SQLITE_OK) return {};
  return sqlite_error(code, database_, sqlite3_errmsg(handle_.get()));
}

void Connection::checkpoint_wal_at(int pages) {
  checkpoint_pages_ = pages;
  restart_pages_ = 4 * pages;
  sqlite3_wal_hook(handle_.get(), &Connection::on_commit, this);
}

/// Ignores errors, as SQLite's own hook does: the next statement reports them.
int Connection::on_commit(void* self, sqlite3* handle, const char* name, int pages) {
  auto& connection = *static_cast<Connection*>(self);
  connection.wal_pages_ = pages;
  if (pages >= connection.checkpoint_pages_) {
    sqlite3_wal_checkpoint_v2(handle, name, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  }
  return SQLITE_OK;
}

void Connection::restart_wal_if_large() noexcept {
  if (checkpoint_pages_ == 0 || wal_pages_ < restart_pages_) return;
  const auto previous_timeout = std::exchange(busy_timeout_, std::min(busy_timeout_, kMaxWaitForReaders));
  const int code =
      sqlite3_wal_checkpoint_v2(handle_.get(), nullptr, SQLITE_CHECKPOINT_RESTART, nullptr, nullptr);
  busy_timeout_ = previous_timeout;
  // Readers prevented it: retried when the WAL has grown by the same length again.
  restart_pages_ = code == SQLITE_OK ? 4 * checkpoint_pages_ : wal_pages_ + 4 * checkpoint_pages_;
  if (code == SQLITE_OK) wal_pages_ = 0;
}

void Connection::roll_back() noexcept {
  if (in_transaction()) sqlite3_exec(handle_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Connection::fail(int code) { fail(sqlite_error(code, database_, sqlite3_errmsg(handle_.get()))); }

void Connection::fail(Error error) {
  if (!error_) error_ = std::move(error);
}

std::optional<Error> Connection::take_error() { return std::exchange(error_, std::nullopt); }

}  // namespace convert::sqlite
