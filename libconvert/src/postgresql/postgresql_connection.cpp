// SPDX-License-Identifier: MIT
#include "postgresql/postgresql_connection.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "base/try.hpp"

namespace convert::postgresql {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr int kMinServerVersion = 140000;
/// More than the stores have. Texts that are composed at run time do not fill the server's memory.
constexpr std::size_t kMaxPrepared = 300;

/// The settings of a session ($7: false), or of a transaction of it behind a pooler, where the session
/// belongs to others too. Claims must survive a crash of the server, so that synchronous_commit = off of a
/// role or a server does not apply. Keepalives: the server's defaults notice a host that vanished between two
/// packets of a transaction after two hours.
constexpr std::string_view kSettings =
    "SELECT set_config('search_path', $1, $7), set_config('statement_timeout', $2, $7), "
    "set_config('lock_timeout', $3, $7), set_config('idle_in_transaction_session_timeout', $4, $7), "
    "set_config('client_min_messages', 'warning', $7), set_config('bytea_output', 'hex', $7), "
    "set_config('jit', 'off', $7), set_config('tcp_user_timeout', $5, $7), "
    "set_config('tcp_keepalives_idle', $8, $7), set_config('tcp_keepalives_interval', $9, $7), "
    "set_config('synchronous_commit', CASE WHEN $6::bool AND current_setting('synchronous_commit') <> 'off' "
    "THEN current_setting('synchronous_commit') WHEN $6::bool THEN 'on' ELSE 'off' END, $7)";
constexpr std::string_view kMoreSettings =
    "SELECT set_config(name, value, $3) FROM unnest($1, $2) AS settings (name, value)";
constexpr std::string_view kNoFlush = "SELECT set_config('synchronous_commit', 'off', true)";
constexpr std::string_view kSession =
    "SELECT pg_backend_pid(), current_setting('server_encoding'), current_setting('server_version_num')";

std::string milliseconds_text(milliseconds time) { return std::to_string(time.count()); }

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(const ConnectionOptions& options) {
  std::unique_ptr<Connection> connection(new Connection(options));
  CONVERT_TRY(connection->connect());
  CONVERT_TRY(connection->set_up_session());
  return connection;
}

Result<void> Connection::connect() {
  std::vector<const char*> keywords;
  std::vector<const char*> values;
  for (const auto& [keyword, value] : options_.parameters) {
    keywords.push_back(keyword.c_str());
    values.push_back(value.c_str());
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  handle_.reset(PQconnectdbParams(keywords.data(), values.data(), 0));
  if (!handle_) return Error{Errc::unavailable, "Out of memory.", true};
  PQsetNoticeReceiver(handle_.get(), &Connection::on_notice, this);
  if (PQstatus(handle_.get()) != CONNECTION_OK) {
    return connect_error(PQerrorMessage(handle_.get()), options_);
  }
  if (PQsetnonblocking(handle_.get(), 1) != 0 || PQenterPipelineMode(handle_.get()) != 1) {
    return connect_error(PQerrorMessage(handle_.get()), options_);
  }
  return {};
}

/// Behind a pooler, the session that answers is not the one whose process id the connection was given.
Result<void> Connection::set_up_session() {
  statement_timeout_ = options_.statement_timeout;
  named_ = false;  // statements of each connection's start
  auto session = query(kSession);
  if (auto failure = take_error()) return *failure;
  if (!session.next()) return Error{Errc::internal, "The database did not describe its session."};
  if (session.view(1) != "UTF8") {
    return Error{Errc::unsupported,
                 fmt::format("The {} has the encoding {}. Create it with the encoding UTF8.", options_.target,
                             session.view(1))};
  }
  if (session.integer(2) < kMinServerVersion) {
    return Error{Errc::unsupported, fmt::format("The {} is PostgreSQL {}. Version 14 or later is needed.",
                                                options_.target, session.integer(2) / 10000)};
  }
  pooled_ = session.integer(0) != PQbackendPID(handle_.get());
  if (pooled_) return {};
  queue_local_settings();
  round_trip();
  named_ = true;
  if (auto failure = take_error()) return *failure;
  return {};
}

/// Of the session, or of the transaction that starts with it.
void Connection::queue_local_settings() {
  const std::string path = fmt::format("\"{}\"", options_.schema);
  // Behind a pooler, the server's side of TCP is the pooler's.
  const std::string user_timeout = pooled_ ? "0" : milliseconds_text(options_.tcp_user_timeout);
  const std::string_view keepalives_idle = pooled_ ? "0" : "3";
  const std::string_view keepalives_interval = pooled_ ? "0" : "1";
  Queued settings{Queued::Kind::setting};
  settings.sql = kSettings;
  settings.values =
      Parameters(path, milliseconds_text(statement_timeout_), milliseconds_text(options_.lock_timeout),
                 milliseconds_text(options_.idle_in_transaction_timeout), user_timeout, flush_, pooled_,
                 keepalives_idle, keepalives_interval);
  queue(std::move(settings));
  if (options_.settings.empty()) return;
  std::vector<std::string> names;
  std::vector<std::string> values;
  for (const auto& [name, value] : options_.settings) {
    names.push_back(name);
    values.push_back(value);
  }
  queue({Queued::Kind::setting, std::string(kMoreSettings), nullptr, Parameters(names, values, pooled_)});
}

void Connection::on_notice(void* self, const PGresult* notice) {
  // The wait for a synchronous standby was cancelled, by the statement timeout or an administrator. The
  // server goes on to report a successful commit, which a fail-over could lose.
  const char* function = PQresultErrorField(notice, PG_DIAG_SOURCE_FUNCTION);
  if (function && std::strcmp(function, "SyncRepWaitForLSN") == 0)
    static_cast<Connection*>(self)->unreplicated_ = true;
}

std::uint64_t Connection::post_statement(std::string_view sql, Parameters values, bool keep_rows) {
  if (error_) return 0;
  if (aborted_) {
    fail({Errc::internal, "The transaction has failed. It can only be rolled back."});
    return 0;
  }
  if (values.has_nul()) {
    fail({Errc::invalid_argument, "A text has a NUL character, which cannot be stored. Remove it."});
    return 0;
  }
  Queued statement;
  statement.values = std::move(values);
  if (keep_rows) statement.ticket = ++last_ticket_;
  auto prepared = named_ ? prepared_.find(sql) : prepared_.end();
  if (named_ && prepared == prepared_.end() && prepared_.size() < kMaxPrepared)
    prepared = prepared_.emplace(sql, Prepared{fmt::format("s{}", prepared_.size())}).first;
  if (prepared != prepared_.end()) {
    statement.prepared = &*prepared;
  } else {
    statement.sql = sql;
  }
  // Settings of a round trip that is a transaction by itself.
  if (!in_transaction_ && queued_.empty() && pooled_) queue_local_settings();
  if (!in_transaction_ && queued_.empty() && !flush_) queue({Queued::Kind::setting, std::string(kNoFlush)});
  const std::uint64_t ticket = statement.ticket;
  queue(std::move(statement));
  return error_ ? 0 : ticket;
}

void Connection::queue(Queued statement) {
  const bool stop = options_.before_statement != nullptr;
  if (stop) options_.before_statement(statement.prepared ? statement.prepared->first : statement.sql);
  queued_.push_back(std::move(statement));
  if (stop) round_trip();
}

Rows Connection::rows(Ticket ticket) {
  if (!error_ && ticket.number != 0 && !kept_.contains(ticket.number)) round_trip();
  auto kept = kept_.extract(ticket.number);
  return kept && !error_ ? std::move(kept.mapped()) : Rows();
}

Result<void> Connection::flush() {
  if (!error_) round_trip();
  return error_ ? Result<void>(*error_) : Result<void>();
}

void Connection::begin() {
  if (!flush()) return;
  remedy_ = Remedy::none;
  kept_.clear();
  in_transaction_ = true;
  queue({Queued::Kind::begin, "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"});
  if (pooled_) {
    queue_local_settings();
  } else if (!flush_) {
    queue({Queued::Kind::setting, std::string(kNoFlush)});
  }
}

Outcome Connection::commit() {
  if (error_) return in_doubt_ ? Outcome::unknown : Outcome::rolled_back;
  if (aborted_) {
    fail({Errc::internal, "The transaction has failed. It can only be rolled back."});
    return Outcome::rolled_back;
  }
  const bool empty =
      !begin_sent_ && std::none_of(queued_.begin(), queued_.end(), [](const Queued& statement) {
        return statement.kind == Queued::Kind::statement;
      });
  if (empty) {
    queued_.clear();
    in_transaction_ = false;
    return Outcome::committed;
  }
  committed_ = false;
  queue({Queued::Kind::commit, "COMMIT"});
  round_trip();
  if (committed_ && !error_) {
    in_transaction_ = false;
    begin_sent_ = false;
    return Outcome::committed;
  }
  if (in_doubt_) return Outcome::unknown;
  if (!error_) fail({Errc::internal, fmt::format("The {} rolled a transaction back.", options_.target)});
  return Outcome::rolled_back;
}

Outcome Connection::finish() {
  if (flush()) return Outcome::committed;
  return in_doubt_ ? Outcome::unknown : Outcome::rolled_back;
}

bool Connection::roll_back() noexcept {
  try {
    queued_.clear();
    kept_.clear();
    error_.reset();
    if (lost_ || PQstatus(handle_.get()) != CONNECTION_OK) return false;
    if (begin_sent_) {
      queued_.push_back({Queued::Kind::statement, "ROLLBACK"});
      round_trip();
    }
    in_transaction_ = false;
    begin_sent_ = false;
    aborted_ = false;
    in_doubt_ = false;
    const bool usable = !error_ && PQtransactionStatus(handle_.get()) == PQTRANS_IDLE;
    error_.reset();
    remedy_ = Remedy::none;
    return usable;
  } catch (...) {
    lost_ = true;
    return false;
  }
}

std::optional<Error> Connection::take_error() { return std::exchange(error_, std::nullopt); }

void Connection::fail(Error error, Remedy remedy, std::string sqlstate) {
  if (error_) return;
  error_ = std::move(error);
  queued_.clear();
  aborted_ = in_transaction_;
  if (remedy_ == Remedy::none) remedy_ = remedy;
  sqlstate_ = std::move(sqlstate);
  constraint_.clear();
}

Result<void> Connection::set_statement_timeout(milliseconds timeout) {
  statement_timeout_ = timeout;
  if (!pooled_) post("SELECT set_config('statement_timeout', $1, false)", milliseconds_text(timeout));
  return flush();
}

bool Connection::usable() noexcept {
  if (lost_ || error_ || in_transaction_ || !queued_.empty()) return false;
  // An idle server sends nothing, except when its settings change, or before it closes the connection.
  for (int i = 0; i < 2; ++i) {
    pollfd socket{PQsocket(handle_.get()), POLLIN, 0};
    if (socket.fd < 0) return false;
    if (::poll(&socket, 1, 0) <= 0) return PQstatus(handle_.get()) == CONNECTION_OK;
    if (PQconsumeInput(handle_.get()) != 1) return false;
  }
  return false;
}

Result<std::vector<Connection::Notification>> Connection::wait_for_notifications(milliseconds timeout,
                                                                                 int wake) {
  CONVERT_TRY(flush());
  const auto deadline = SteadyClock::now() + timeout;
  std::vector<Notification> notifications;
  for (;;) {
    struct FreeNotification {
      void operator()(PGnotify* notification) const noexcept { PQfreemem(notification); }
    };
    using Handle = std::unique_ptr<PGnotify, FreeNotification>;
    while (const Handle next = Handle(PQnotifies(handle_.get())))
      notifications.push_back({next->relname, next->extra});
    const auto left = std::chrono::ceil<milliseconds>(deadline - SteadyClock::now());
    if (!notifications.empty() || left.count() <= 0) return notifications;
    std::array<pollfd, 2> sockets{pollfd{PQsocket(handle_.get()), POLLIN, 0}, pollfd{wake, POLLIN, 0}};
    const int ready = ::poll(sockets.data(), sockets.size(),
                             static_cast<int>(std::min<std::int64_t>(left.count(), 60'000)));
    if (ready < 0 && errno != EINTR) return notifications;
    if (ready > 0 && sockets[0].revents != 0 && PQconsumeInput(handle_.get()) != 1) {
      fail_lost(PQerrorMessage(handle_.get()));
      return *error_;
    }
    if (ready > 0 && sockets[1].revents != 0) timeout = milliseconds(0);
    if (timeout.count() == 0 && sockets[0].revents == 0) return notifications;
  }
}

}  // namespace convert::postgresql
