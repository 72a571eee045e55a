// SPDX-License-Identifier: MIT
#pragma once

#include <sqlite3.h>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include <convert/result.hpp>
#include <convert/time.hpp>

#include "sql/dialect.hpp"

/// RAII and error handling around the part of SQLite's C API that the stores use.
namespace convert::sqlite {

/// A database file. `what` names its content in messages: "jobs" gives "the database of jobs".
struct Database {
  std::filesystem::path file;
  std::string what;
};

/// The Error for an extended result code of SQLite. `reason` is SQLite's own message.
Error sqlite_error(int code, const Database& database, std::string_view reason);

/// A prepared statement, and SQLite's index of each of its parameters $1, $2, ...
struct Statement {
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
  };
  std::unique_ptr<sqlite3_stmt, Finalize> handle;
  std::vector<int> parameters;
};

class Connection;

/// The result rows of a running statement. At most one Cursor of a statement may exist at a time.
class Cursor {
 public:
  Cursor(Connection& connection, Statement* statement) : connection_(connection), statement_(statement) {}
  ~Cursor();
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;

  /// Goes to the next row; false after the last one, or the connection has an error.
  bool next();

  std::int64_t integer(int column) const;
  double real(int column) const;
  std::string text(int column) const;
  bool is_null(int column) const;
  Time time(int column) const { return Time(std::chrono::milliseconds(integer(column))); }

 private:
  Connection& connection_;
  Statement* statement_;  // null once there are no more rows
};

/// A connection with its prepared statements, for one thread at a time. After its first error it ignores all
/// statements until `take_error` is called, so a sequence of statements needs one check at its end.
class Connection {
 public:
  enum class Access { write, read };
  static constexpr sql::Dialect kDialect = sql::Dialect::sqlite;

  /// Opens the file; `Access::write` creates it if it is missing. Statements wait up to `busy_timeout` for
  /// other writers. Errors: `invalid_argument` (no path) and those of `sqlite_error`.
  static Result<std::unique_ptr<Connection>> open(Database database, Access access,
                                                  std::chrono::milliseconds busy_timeout);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Starts a statement with `values` as $1, $2, ...
  template <class... Values>
  Cursor query(std::string_view sql, const Values&... values) {
    Statement* statement = prepare(sql);
    int number = 0;
    if (statement) (bind(*statement, ++number, values), ...);
    return Cursor(*this, statement);
  }

  /// The same with a number of values that is known at run time only.
  using Value = std::variant<std::int64_t, std::string>;
  Cursor query_with(std::string_view sql, std::span<const Value> values);

  /// Runs a statement to its end. Returns the number of changed rows.
  template <class... Values>
  std::int64_t execute(std::string_view sql, const Values&... values) {
    auto rows = query(sql, values...);
    while (rows.next()) {
    }
    return error_ ? 0 : sqlite3_changes64(handle_.get());
  }
  /// The same, for statements whose number of changed rows is not needed.
  template <class... Values>
  void post(std::string_view sql, const Values&... values) {
    execute(sql, values...);
  }

  /// Runs one statement without values, which stays prepared. The connection must have no error.
  Result<void> run(std::string_view sql);

  /// Runs a sequence of statements, also after an error.
  Result<void> script(const std::string& sql);

  /// Checkpoints the write-ahead log (WAL) after each commit that leaves it longer than `pages`, as far as
  /// readers permit.
  void checkpoint_wal_at(int pages);
  /// Restarts the WAL if it has four times that length, as it may while readers overlap. Waits for current
  /// readers, up to 500 ms. Must be called outside a transaction.
  void restart_wal_if_large() noexcept;

  /// Rolls back the current transaction, if any. (SQLite may have rolled it back already.)
  void roll_back() noexcept;

  void fail(Error error);
  bool failed() const { return error_.has_value(); }
  std::optional<Error> take_error();

  /// The number of rows changed by all statements so far.
  std::int64_t rows_changed() const { return sqlite3_total_changes64(handle_.get()); }
  bool in_transaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }
  bool read_only() const { return sqlite3_db_readonly(handle_.get(), "main") == 1; }
  const Database& database() const { return database_; }
  const std::string& file() const { return database_.file.native(); }
  sqlite3* handle() const { return handle_.get(); }

 private:
  friend class Cursor;
  struct Close {
    void operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }
  };
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };

  Connection(Database database, std::chrono::milliseconds busy_timeout)
      : database_(std::move(database)), busy_timeout_(busy_timeout) {}
  static int on_busy(void* self, int tries);
  static int on_commit(void* self, sqlite3* handle, const char* name, int pages);

  Statement* prepare(std::string_view sql);
  void fail(int code);
  void check_bind(int code) {
    if (code != SQLITE_OK) fail(code);
  }

  template <std::integral Number>
  void bind(const Statement& statement, int number, Number value) {
    check_bind(sqlite3_bind_int64(statement.handle.get(), position(statement, number),
                                  static_cast<sqlite3_int64>(value)));
  }
  void bind(const Statement& statement, int number, double value) {
    check_bind(sqlite3_bind_double(statement.handle.get(), position(statement, number), value));
  }
  void bind(const Statement& statement, int number, std::string_view value);
  void bind(const Statement& statement, int number, Time value) {
    bind(statement, number, static_cast<std::int64_t>(value.time_since_epoch().count()));
  }
  template <class Value>
  void bind(const Statement& statement, int number, const std::optional<Value>& value) {
    if (value) {
      bind(statement, number, *value);
    } else {
      check_bind(sqlite3_bind_null(statement.handle.get(), position(statement, number)));
    }
  }
  static int position(const Statement& statement, int number) {
    return statement.parameters.at(static_cast<std::size_t>(number) - 1);
  }

  const Database database_;
  std::chrono::milliseconds busy_timeout_;
  std::chrono::steady_clock::time_point busy_deadline_{};  // of the current wait for another connection
  int checkpoint_pages_ = 0;                               // WAL pages; 0: SQLite's default
  int wal_pages_ = 0;                                      // length of the WAL after the last commit
  int restart_pages_ = 0;
  std::unique_ptr<sqlite3, Close> handle_;
  std::unordered_map<std::string, Statement, TextHash, std::equal_to<>> statements_;
  std::optional<Error> error_;
};

}  // namespace convert::sqlite
