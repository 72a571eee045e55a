// SPDX-License-Identifier: MIT
#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <convert/result.hpp>

#include "postgresql/connection_options.hpp"
#include "postgresql/parameters.hpp"
#include "postgresql/postgresql_errors.hpp"
#include "postgresql/rows.hpp"
#include "sql/dialect.hpp"

/// RAII and error handling around the part of libpq that the stores use.
namespace convert::postgresql {

/// A statement that was posted with its rows wanted.
struct Ticket {
  std::uint64_t number = 0;
};

/// How a transaction, or a statement outside of one, ended.
enum class Outcome : std::uint8_t {
  committed,
  rolled_back,  ///< it has left no changes
  unknown,      ///< the connection was lost during the commit: it may have happened
};

/// A connection in libpq's pipeline mode, for one thread at a time. Statements are posted; those that follow
/// each other without a need for rows share a round trip:
///
///     connection.begin();
///     connection.post("UPDATE a ...", x);                   // nothing is sent yet
///     auto rows = connection.query("SELECT ... ", y);       // one round trip for BEGIN, UPDATE and SELECT
///     connection.post("INSERT INTO b ...", z);
///     auto outcome = connection.commit();                   // one round trip for INSERT and COMMIT
///
/// The text of a statement has to be a constant: on a direct connection it is prepared once, under a name.
/// All names of tables are found in the schema of the options (search_path).
///
/// After its first error it ignores all statements until `roll_back` or `take_error`, so a sequence of
/// statements needs one check at its end. Statements outside of begin and commit that share a round trip form
/// one transaction.
class Connection {
 public:
  static constexpr sql::Dialect kDialect = sql::Dialect::postgresql;

  /// Connects and sets the session up: two or more round trips. Errors: those of `connect_error`,
  /// `unsupported` (a version before 14, an encoding other than UTF8).
  static Result<std::unique_ptr<Connection>> open(const ConnectionOptions& options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Runs a statement with `values` as $1, $2, ..., after those posted before. A round trip.
  template <class... Values>
  Rows query(std::string_view sql, const Values&... values) {
    return rows(post_wanted(sql, Parameters(values...)));
  }
  Rows query_with(std::string_view sql, const Parameters& values) { return rows(post_wanted(sql, values)); }

  /// The same. Returns the number of changed rows. A round trip: use `post` where the number is not needed.
  template <class... Values>
  std::int64_t execute(std::string_view sql, const Values&... values) {
    return query(sql, values...).affected();
  }

  /// Sends a statement with the next round trip. Its rows are dropped.
  template <class... Values>
  void post(std::string_view sql, const Values&... values) {
    post_statement(sql, Parameters(values...), false);
  }
  void post_with(std::string_view sql, const Parameters& values) { post_statement(sql, values, false); }

  /// Sends a statement with the next round trip. Its rows are fetched later by `rows`, in any order.
  template <class... Values>
  Ticket post_query(std::string_view sql, const Values&... values) {
    return post_wanted(sql, Parameters(values...));
  }
  Ticket post_query_with(std::string_view sql, const Parameters& values) { return post_wanted(sql, values); }
  /// The rows of a posted statement; makes the round trip if that is still to be done. None after an error.
  Rows rows(Ticket ticket);

  /// Makes the round trip of the posted statements, if there are any. Errors: that of the connection, which
  /// keeps it.
  Result<void> flush();

  /// Runs a sequence of statements without parameters, such as a schema step. Not for transactions.
  Result<void> script(const std::string& sql);

  /// Starts a transaction (READ COMMITTED) with the next round trip.
  void begin();
  /// Ends the transaction with the posted statements: one round trip. Not committed: `take_error` has why.
  Outcome commit();
  /// Rolls back and forgets the error. False: the connection has to be closed.
  bool roll_back() noexcept;
  bool in_transaction() const { return in_transaction_; }

  void fail(Error error) { fail(std::move(error), Remedy::none, {}); }
  bool failed() const { return error_.has_value(); }
  std::optional<Error> take_error();
  const std::optional<Error>& error() const { return error_; }
  /// Of the current error.
  Remedy remedy() const { return remedy_; }
  const std::string& sqlstate() const { return sqlstate_; }
  /// The name of the constraint or index that the current error names, else empty.
  const std::string& constraint() const { return constraint_; }

  /// Whether the connection can be used further. Notices also that the server has closed an idle connection.
  bool usable() noexcept;
  /// A pooler such as PgBouncer is between: settings last for a transaction, and names are not used.
  bool pooled() const { return pooled_; }
  /// No more named statements on this connection.
  void use_no_names() { named_ = false; }
  int server_version() const { return PQserverVersion(handle_.get()); }  ///< 150002 is 15.2

  /// The name of a LISTEN channel and the payload of a notification that has arrived.
  struct Notification {
    std::string channel;
    std::string payload;
  };
  /// Waits for notifications until `timeout`, or until `wake` (a descriptor; -1: none) is readable. Errors:
  /// the connection is lost.
  Result<std::vector<Notification>> wait_for_notifications(std::chrono::milliseconds timeout, int wake);

  /// Counted since it was opened.
  struct Counts {
    std::uint64_t statements = 0;
    std::uint64_t round_trips = 0;
  };
  const Counts& counts() const { return counts_; }
  const ConnectionOptions& options() const { return options_; }
  /// The clock for time limits: those of later statements. For migrations, which may be slow.
  void set_statement_timeout(std::chrono::milliseconds timeout);

 private:
  struct Finish {
    void operator()(PGconn* handle) const noexcept { PQfinish(handle); }
  };
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  struct Prepared {
    std::string name;
    bool ready = false;  // the server has answered; else it may have skipped it after an error
  };
  /// What the server will answer, in order.
  struct Expected {
    enum class Kind : std::uint8_t { prepare, statement, commit, sync } kind = Kind::statement;
    std::uint64_t ticket = 0;  // of a statement whose rows are wanted
    Prepared* prepared = nullptr;
  };

  explicit Connection(const ConnectionOptions& options) : options_(options) {}
  Result<void> connect();
  Result<void> check_server();
  Result<void> set_up_session();

  Ticket post_wanted(std::string_view sql, const Parameters& values) {
    return {post_statement(sql, values, true)};
  }
  std::uint64_t post_statement(std::string_view sql, const Parameters& values, bool wanted);
  void post_local_settings();
  void send(std::string_view sql, const Parameters& values, Expected expected);
  void round_trip();
  bool receive_one(std::chrono::steady_clock::time_point deadline);
  void take_result(ResultHandle result, const Expected& expected);
  bool wait_for_socket(std::chrono::steady_clock::time_point deadline);
  void fail(Error error, Remedy remedy, std::string sqlstate);
  void fail_lost(std::string_view reason);
  void fail_result(const PGresult* result);

  const ConnectionOptions options_;
  std::unique_ptr<PGconn, Finish> handle_;
  bool pooled_ = false;
  bool named_ = true;
  bool in_transaction_ = false;
  bool settings_posted_ = false;  // pooled: for the current transaction
  bool committed_ = false;        // the answer to the current COMMIT
  bool lost_ = false;
  std::chrono::milliseconds statement_timeout_{0};
  std::unordered_map<std::string, Prepared, TextHash, std::equal_to<>> prepared_;
  std::deque<Expected> expected_;
  std::unordered_map<std::uint64_t, Rows> kept_;  // rows that are wanted and were not fetched yet
  std::uint64_t last_ticket_ = 0;
  bool unsynced_ = false;  // statements were sent since the last sync
  std::optional<Error> error_;
  Remedy remedy_ = Remedy::none;
  std::string sqlstate_;
  std::string constraint_;
  Counts counts_;
};

}  // namespace convert::postgresql
