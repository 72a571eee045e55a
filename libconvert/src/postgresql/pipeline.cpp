// SPDX-License-Identifier: MIT
// Round trips of a Connection in libpq's pipeline mode: everything that waits is sent, then all answers are
// read. An answer is read while later statements are still being sent, so that neither side blocks the other.
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "base/try.hpp"
#include "postgresql/postgresql_connection.hpp"

namespace convert::postgresql {
namespace {

using PipelineClock = std::chrono::steady_clock;

/// Without a statement timeout.
constexpr std::chrono::milliseconds kLongestWait = std::chrono::hours(24);

std::string error_field(const PGresult* result, int field) {
  const char* text = PQresultErrorField(result, field);
  return text ? text : "";
}

}  // namespace

bool Connection::send(Queued& statement) {
  PGconn* const handle = handle_.get();
  const auto values = statement.values.values();
  const int count = statement.values.size();
  if (!statement.prepared) {
    return PQsendQueryParams(handle, statement.sql.c_str(), count, statement.values.types(), values.data(),
                             nullptr, nullptr, 0) == 1;
  }
  auto& [sql, prepared] = *statement.prepared;
  if (!prepared.sent) {
    if (PQsendPrepare(handle, prepared.name.c_str(), sql.c_str(), count, statement.values.types()) != 1)
      return false;
    prepared.sent = true;
    statement.prepares = true;
  }
  return PQsendQueryPrepared(handle, prepared.name.c_str(), count, values.data(), nullptr, nullptr, 0) == 1;
}

void Connection::round_trip() {
  if (queued_.empty()) return;
  std::vector<Queued> sent = std::exchange(queued_, {});
  const bool commits = !in_transaction_ || sent.back().kind == Queued::Kind::commit;
  unreplicated_ = false;
  ++counts_.round_trips;
  counts_.statements += sent.size();
  in_doubt_ = commits;
  for (Queued& statement : sent) {
    begin_sent_ = begin_sent_ || statement.kind == Queued::Kind::begin;
    if (!send(statement)) return fail_lost(PQerrorMessage(handle_.get()));
  }
  if (PQpipelineSync(handle_.get()) != 1) return fail_lost(PQerrorMessage(handle_.get()));
  if (!receive_answers(sent)) return;
  in_doubt_ = commits && unreplicated_;
  if (in_doubt_) {
    fail({Errc::unavailable,
          fmt::format("The {} gave up the wait for its standby: the transaction may be lost in a fail-over. "
                      "Try again.",
                      options_.target),
          true},
         Remedy::reconnect, {});
  }
}

Result<void> Connection::script(const std::string& sql) {
  CONVERT_TRY(flush());
  // Several statements in one message need the simple protocol, which a pipeline does not have.
  const std::string text =
      pooled_ && !in_transaction_
          ? fmt::format("SELECT set_config('search_path', '\"{}\"', true); {}", options_.schema, sql)
          : sql;
  ++counts_.round_trips;
  ++counts_.statements;
  in_doubt_ = !in_transaction_;
  if (PQexitPipelineMode(handle_.get()) != 1 || PQsendQuery(handle_.get(), text.c_str()) != 1) {
    fail_lost(PQerrorMessage(handle_.get()));
    return *error_;
  }
  for (;;) {
    const auto deadline = statement_deadline();
    while (PQflush(handle_.get()) == 1 || PQisBusy(handle_.get()) != 0) {
      if (!wait_for_socket(deadline)) return *error_;
    }
    const ResultHandle result(PQgetResult(handle_.get()));
    if (!result) break;
    const ExecStatusType status = PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) fail_result(result.get());
    if (lost_) return *error_;
  }
  in_doubt_ = false;
  if (PQenterPipelineMode(handle_.get()) != 1) fail_lost(PQerrorMessage(handle_.get()));
  return error_ ? Result<void>(*error_) : Result<void>();
}

/// False: the connection is lost.
bool Connection::receive_answers(std::span<Queued> sent) {
  for (Queued& statement : sent) {
    if (!receive_answer(statement)) return false;
  }
  return receive_sync();
}

/// A transaction without BEGIN commits here, so that its deferred errors come before the sync.
bool Connection::receive_sync() {
  for (;;) {
    const ResultHandle result = next_result(statement_deadline());
    if (!result) return false;
    if (PQresultStatus(result.get()) == PGRES_PIPELINE_SYNC) return true;
    fail_result(result.get());
    if (lost_) return false;
    const ResultHandle end(PQgetResult(handle_.get()));  // a null result ends the error
    if (end && PQresultStatus(end.get()) == PGRES_PIPELINE_SYNC) return true;
  }
}

bool Connection::receive_answer(Queued& statement) {
  for (int part = statement.prepares ? 0 : 1; part < 2; ++part) {
    ResultHandle result = next_result(statement_deadline());
    if (!result) return false;
    const ExecStatusType status = PQresultStatus(result.get());
    const bool succeeded = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
    if (part == 0 && !succeeded) statement.prepared->second.sent = false;
    if (!succeeded && status != PGRES_PIPELINE_ABORTED) fail_result(result.get());
    // The server ended the session before it came to the commit. Class 08: a pooler that lost the server.
    if (lost_ && !sqlstate_.empty() && !sqlstate_.starts_with("08") && statement.kind != Queued::Kind::commit)
      in_doubt_ = false;
    if (lost_) return false;
    if (part == 1 && succeeded) {
      if (statement.kind == Queued::Kind::commit)
        committed_ = std::strcmp(PQcmdStatus(result.get()), "COMMIT") == 0;
      if (statement.ticket != 0) kept_.emplace(statement.ticket, Rows(std::move(result)));
    }
    if (ResultHandle(PQgetResult(handle_.get()))) {  // a null result ends each answer
      fail_lost("an unexpected answer");
      return false;
    }
  }
  return true;
}

std::chrono::steady_clock::time_point Connection::statement_deadline() const {
  const auto limit = statement_timeout_.count() == 0 ? kLongestWait : statement_timeout_;
  return PipelineClock::now() + limit + options_.network_margin;
}

/// Null: the connection is lost.
ResultHandle Connection::next_result(std::chrono::steady_clock::time_point deadline) {
  bool unsent = true;
  for (;;) {
    if (unsent) {
      const int flushed = PQflush(handle_.get());
      // After a failed write there may still be the server's reason to read.
      unsent = flushed == 1;
    }
    if (PQisBusy(handle_.get()) == 0) break;
    if (!wait_for_socket(deadline)) return nullptr;
  }
  ResultHandle result(PQgetResult(handle_.get()));
  if (!result) fail_lost(PQerrorMessage(handle_.get()));
  return result;
}

/// Waits until there is input, and reads it.
bool Connection::wait_for_socket(std::chrono::steady_clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - PipelineClock::now()).count();
  if (left <= 0) {
    fail_lost("no answer within the time limit");
    return false;
  }
  const bool unsent = PQflush(handle_.get()) == 1;
  pollfd socket{PQsocket(handle_.get()), static_cast<short>(unsent ? POLLIN | POLLOUT : POLLIN), 0};
  const int ready = ::poll(&socket, 1, static_cast<int>(std::min<std::int64_t>(left, 60'000)));
  if (ready < 0 && errno != EINTR) {
    fail_lost(std::strerror(errno));
    return false;
  }
  if (ready > 0 && (socket.revents & ~POLLOUT) != 0 && PQconsumeInput(handle_.get()) != 1 &&
      PQisBusy(handle_.get()) != 0) {
    fail_lost(PQerrorMessage(handle_.get()));
    return false;
  }
  return true;
}

void Connection::fail_lost(std::string_view reason) {
  lost_ = true;
  fail(postgresql_error({}, reason, options_), Remedy::reconnect, {});
}

void Connection::fail_result(const PGresult* result) {
  std::string sqlstate = error_field(result, PG_DIAG_SQLSTATE);
  std::string message = error_field(result, PG_DIAG_MESSAGE_PRIMARY);
  if (sqlstate.empty()) return fail_lost(PQresultErrorMessage(result));
  const std::string severity = error_field(result, PG_DIAG_SEVERITY_NONLOCALIZED);
  if (severity == "FATAL" || severity == "PANIC") {
    lost_ = true;  // in doubt if a commit was sent
  } else {
    in_doubt_ = false;
  }
  Remedy remedy = lost_ ? Remedy::reconnect : remedy_for(sqlstate);
  // A migration by a newer version changed the columns of a prepared statement's result.
  if (error_field(result, PG_DIAG_SOURCE_FUNCTION) == "RevalidateCachedQuery") remedy = Remedy::reconnect;
  const bool first = !error_;
  Error error = postgresql_error(sqlstate, message, options_);
  fail(std::move(error), remedy, std::move(sqlstate));
  if (first) constraint_ = error_field(result, PG_DIAG_CONSTRAINT_NAME);
}

}  // namespace convert::postgresql
