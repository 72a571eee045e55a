// SPDX-License-Identifier: MIT
#include "postgresql/postgresql_errors.hpp"

#include <array>
#include <string>

#include <fmt/format.h>

namespace convert::postgresql {
namespace {

/// One line, without the password.
std::string clean_reason(std::string_view reason, const ConnectionOptions& options) {
  std::string text(reason);
  for (std::size_t at = 0; !options.password.empty();) {
    at = text.find(options.password, at);
    if (at == std::string::npos) break;
    text.replace(at, options.password.size(), "***");
    at += 3;
  }
  while (!text.empty() && (text.back() == '\n' || text.back() == '.')) text.pop_back();
  for (char& c : text) {
    if (c == '\n' || c == '\t') c = ' ';
  }
  return text;
}

struct Explanation {
  std::string_view state;  // a SQLSTATE, or its class: the first two characters
  Errc code;
  bool retryable;
  std::string_view advice;
};

/// The first entry that fits applies.
constexpr std::array kExplanations = {
    Explanation{
        "25006", Errc::unavailable, true,
        "The database takes no writes: it is a standby, or set to read-only. Name the primary server"},
    Explanation{"53100", Errc::io, true, "The disk of the database is full: free some space, then try again"},
    Explanation{
        "53300", Errc::unavailable, true,
        "The database takes no more connections. Raise its max_connections, or lower that of the URI"},
    Explanation{"53", Errc::unavailable, true, "The database lacks a resource for now"},
    Explanation{"55P03", Errc::unavailable, true,
                "Another transaction holds a lock for longer than the time limit. Try again"},
    Explanation{"57014", Errc::unavailable, true, "The statement took longer than its time limit. Try again"},
    Explanation{"40", Errc::unavailable, true, "The transaction conflicts with others. Try again"},
    Explanation{"57", Errc::unavailable, true, "The database is stopping or starting. Try again"},
    Explanation{"08", Errc::unavailable, true, "The connection to the database failed. Try again"},
    Explanation{"25P03", Errc::unavailable, true,
                "The transaction was idle for longer than its time limit. Try again"},
    Explanation{"26000", Errc::unavailable, true, "A pooler lost a prepared statement. Try again"},
    Explanation{"42P05", Errc::unavailable, true, "A pooler lost a prepared statement. Try again"},
    Explanation{"28", Errc::invalid_argument, false,
                "The database refuses the user. Check the user name, the password and pg_hba.conf"},
    Explanation{"3D000", Errc::invalid_argument, false, "The database does not exist. Create it"},
    Explanation{"3F000", Errc::invalid_argument, false,
                "The schema does not exist. Run \"convertd migrate\" with a role that may create tables"},
    Explanation{"42P01", Errc::invalid_argument, false,
                "A table does not exist. Run \"convertd migrate\" with a role that may create tables"},
    Explanation{"42703", Errc::invalid_argument, false,
                "A column does not exist. Run \"convertd migrate\" with a role that may create tables"},
    Explanation{"42501", Errc::invalid_argument, false,
                "The role lacks a right in the database. Grant it, or name another role"},
    Explanation{"22021", Errc::invalid_argument, false, "A text has a NUL or is no UTF-8. Change the text"},
    Explanation{"22P05", Errc::invalid_argument, false, "A text has a NUL or is no UTF-8. Change the text"},
    Explanation{"23", Errc::conflict, false, "Another row has the same key"},
    Explanation{"58", Errc::io, false,
                "The database cannot read or write its files. Check its disk and its log"},
    Explanation{"XX00", Errc::io, false, "The database is damaged. Check its log"},
};

}  // namespace

Remedy remedy_for(std::string_view sqlstate) noexcept {
  if (sqlstate.empty() || sqlstate.starts_with("08") || sqlstate.starts_with("57P")) return Remedy::reconnect;
  if (sqlstate == "25P03" || sqlstate == "25006") return Remedy::reconnect;
  if (sqlstate == "40001" || sqlstate == "40P01") return Remedy::run_again;
  if (sqlstate == "26000" || sqlstate == "42P05") return Remedy::run_unprepared;
  return Remedy::none;
}

Error postgresql_error(std::string_view sqlstate, std::string_view reason, const ConnectionOptions& options) {
  const std::string cause = clean_reason(reason, options);
  if (sqlstate.empty()) {
    return {Errc::unavailable,
            fmt::format("The connection to the {} was lost. Try again (PostgreSQL says: {}).", options.target,
                        cause),
            true};
  }
  for (const Explanation& known : kExplanations) {
    if (!sqlstate.starts_with(known.state)) continue;
    return {known.code,
            fmt::format("{} ({}; PostgreSQL says: {}, {}).", known.advice, options.target, cause, sqlstate),
            known.retryable};
  }
  return {Errc::internal, fmt::format("A statement failed in the {} (PostgreSQL says: {}, {}).",
                                      options.target, cause, sqlstate)};
}

Error connect_error(std::string_view reason, const ConnectionOptions& options) {
  const std::string cause = clean_reason(reason, options);
  // libpq gives no SQLSTATE here. The texts are those of servers and of libpq with English messages; others
  // only get the general advice.
  struct Known {
    std::string_view text;
    bool retryable;
    std::string_view advice;
  };
  static constexpr std::array kKnown = {
      Known{"password authentication failed", false, "Check the user name and the password."},
      Known{"no password supplied", false,
            "Give a password: in the URI in DATABASE_URL, in PGPASSWORD, or in a password file."},
      Known{"pg_hba.conf", false, "The server's pg_hba.conf does not admit this user from this host."},
      Known{"root certificate file", false,
            "Name the certification authority with sslrootcert, or choose another sslmode by name."},
      Known{"certificate verify failed", false,
            "The server's certificate is not signed by a known authority: name it with sslrootcert."},
      Known{"does not match host name", false, "The server's certificate is for another host name."},
      Known{"server does not support SSL", false,
            "Switch TLS on in the server, or choose another sslmode by name, such as sslmode=disable."},
      Known{"read-only", true, "It takes no writes: it is a standby, or set to read-only."},
      Known{"too many clients", true, "Raise the server's max_connections, or lower those of the URIs."},
      Known{"remaining connection slots", true,
            "Raise the server's max_connections, or lower those of the URIs."},
  };
  for (const Known& known : kKnown) {
    if (cause.find(known.text) == std::string::npos) continue;
    return {known.retryable ? Errc::unavailable : Errc::invalid_argument,
            fmt::format("Cannot connect to the {}. {} (PostgreSQL says: {}).", options.target, known.advice,
                        cause),
            known.retryable};
  }
  const bool missing = cause.find("does not exist") != std::string::npos &&
                       cause.find("FATAL") != std::string::npos;  // the role or the database
  return {missing ? Errc::invalid_argument : Errc::unavailable,
          fmt::format("Cannot connect to the {}. {} (PostgreSQL says: {}).", options.target,
                      missing ? "Create the role or the database that is missing."
                              : "Check that the server runs and is reachable.",
                      cause),
          !missing};
}

}  // namespace convert::postgresql
