// SPDX-License-Identifier: MIT
#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
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
/// statements needs one check at its end. A transaction with an error can only be rolled back. Statements
/// outside of begin and commit that share a round trip form one transaction.
class Connection {
 public:
  static constexpr sql::Dialect kDialect = sql::Dialect::postgresql;

  /// Connects and sets the session up: two or more round trips. Errors: those of `connect_error`,
  /// `unsupported` (a version before 14, an encoding other than UTF8).
  static Result<std::unique_ptr<Connection>> open(const ConnectionOptions& options);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Runs a statement with `values` as $1, $2, ..., after those posted before. A round trip.
  template <class... Values>
  Rows query(std::string_view sql, const Values&... values) {
    return rows(post_kept(sql, Parameters(values...)));
  }
  Rows query_with(std::string_view sql, const Parameters& values) { return rows(post_kept(sql, values)); }

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
    return post_kept(sql, Parameters(values...));
  }
  Ticket post_query_with(std::string_view sql, const Parameters& values) { return post_kept(sql, values); }
  /// The rows of a posted statement; makes the round trip if that is still to be done. None after an error.
  Rows rows(Ticket ticket);

  /// Makes the round trip of the posted statements, if there are any. Errors: that of the connection, which
  /// keeps it.
  Result<void> flush();

  /// Runs a sequence of statements without parameters, such as a schema step, after those posted. Outside of
  /// a transaction, it is one.
  Result<void> script(const std::string& sql);

  /// Whether the following transactions wait for the device (and the standby) when they commit. True at
  /// first.
  void set_flush(bool flush) { flush_ = flush; }
  /// Starts a transaction (READ COMMITTED) with the next round trip.
  void begin();
  /// Ends the transaction with the posted statements: one round trip. Not committed: `take_error` has why.
  Outcome commit();
  /// Makes the round trip of the posted statements outside of a transaction. Not committed: as `commit`.
  Outcome finish();
  /// Rolls back what was not committed, and forgets the error. False: the connection has to be closed.
  bool roll_back() noexcept;
  bool in_transaction() const { return in_transaction_; }
  /// Whether a commit was sent, and its answer was lost. Outside of transactions each round trip commits.
  bool in_doubt() const { return in_doubt_; }

  void fail(Error error) { fail(std::move(error), Remedy::none, {}); }
  bool failed() const { return error_.has_value(); }
  std::optional<Error> take_error();
  const std::optional<Error>& error() const { return error_; }
  /// Of the first error since the transaction started, also after `take_error`.
  Remedy remedy() const { return remedy_; }
  const std::string& sqlstate() const { return sqlstate_; }
  /// The name of the constraint or index that this error names, else empty.
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
  /// For migrations, which may be slow. A round trip.
  Result<void> set_statement_timeout(std::chrono::milliseconds timeout);

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
    bool sent = false;  // else the server does not know it (any more)
  };
  using PreparedStatements = std::unordered_map<std::string, Prepared, TextHash, std::equal_to<>>;
  /// A statement that waits for the next round trip, then for its answer.
  struct Queued {
    enum class Kind : std::uint8_t { statement, setting, begin, commit } kind = Kind::statement;
    std::string sql{};                                   // of a statement without a name
    PreparedStatements::value_type* prepared = nullptr;  // else this one
    Parameters values{};
    std::uint64_t ticket = 0;  // 0: its rows are not wanted
    bool prepares = false;     // the answer to the preparation comes first
  };

  explicit Connection(const ConnectionOptions& options) : options_(options) {}
  Result<void> connect();
  Result<void> set_up_session();
  static void on_notice(void* self, const PGresult* notice);

  Ticket post_kept(std::string_view sql, Parameters values) {
    return {post_statement(sql, std::move(values), true)};
  }
  std::uint64_t post_statement(std::string_view sql, Parameters values, bool keep_rows);
  void queue_local_settings();
  void queue(Queued statement);
  bool send(Queued& statement);
  void round_trip();
  bool receive_answers(std::span<Queued> sent);
  bool receive_answer(Queued& statement);
  bool receive_sync();
  ResultHandle next_result(std::chrono::steady_clock::time_point deadline);
  bool wait_for_socket(std::chrono::steady_clock::time_point deadline);
  std::chrono::steady_clock::time_point statement_deadline() const;
  void fail(Error error, Remedy remedy, std::string sqlstate);
  void fail_lost(std::string_view reason);
  void fail_result(const PGresult* result);

  const ConnectionOptions options_;
  std::unique_ptr<PGconn, Finish> handle_;
  bool pooled_ = false;
  bool named_ = true;
  bool flush_ = true;
  bool in_transaction_ = false;
  bool begin_sent_ = false;  // the server knows of the transaction
  bool aborted_ = false;     // an error happened in the transaction, which can only be rolled back
  bool committed_ = false;   // the answer to the last COMMIT
  bool in_doubt_ = false;
  bool unreplicated_ = false;  // committed here, but the wait for the standby was given up
  bool lost_ = false;
  std::chrono::milliseconds statement_timeout_{0};
  PreparedStatements prepared_;
  std::vector<Queued> queued_;
  std::unordered_map<std::uint64_t, Rows> kept_;  // rows that are wanted and were not fetched yet
  std::uint64_t last_ticket_ = 0;
  std::optional<Error> error_;
  Remedy remedy_ = Remedy::none;
  std::string sqlstate_;
  std::string constraint_;
  Counts counts_;
};

}  // namespace convert::postgresql
