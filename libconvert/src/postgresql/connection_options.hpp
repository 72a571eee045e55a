// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <convert/result.hpp>

namespace convert::postgresql {

/// Where a database is, and how this process uses it.
struct ConnectionOptions {
  /// libpq's keywords and values, with the defaults of `parse_connection_uri`.
  std::vector<std::pair<std::string, std::string>> parameters;
  /// For messages, without the password: "database convert at db1.example.org:5432,db2.example.org:5432".
  std::string target;
  std::string password;  ///< removed from libpq's messages; may be empty
  std::string schema = "convert";
  std::size_t max_connections = 8;  ///< of one pool

  /// Settings of PostgreSQL, such as ("enable_seqscan", "off"), for each session or transaction.
  std::vector<std::pair<std::string, std::string>> settings{};

  // A host that stops inside a transaction blocks others until the server ends its session.
  std::chrono::milliseconds idle_in_transaction_timeout{4'000};
  std::chrono::milliseconds lock_timeout{8'000};
  std::chrono::milliseconds statement_timeout{15'000};
  /// The client gives up on the connection this long after `statement_timeout`: the network is gone.
  std::chrono::milliseconds network_margin{5'000};
  /// Data without acknowledgement of the other side ends the connection, on both sides (TCP_USER_TIMEOUT).
  std::chrono::milliseconds tcp_user_timeout{5'000};

  /// For tests: called before each statement, in the thread that runs it. Statements then share no round
  /// trip, so it is called between their executions.
  std::function<void(std::string_view statement)> before_statement{};
};

/// Reads "postgresql://user@host:port,host:port/database?option=value&...". ("postgres:" too.)
///
/// Our options: `schema` (letters, digits and underscores; default "convert"), `max_connections` (1 to 1000).
/// The others are libpq's (PostgreSQL's documentation, 34.1.2). Defaults that differ from libpq's:
/// `sslmode=verify-full` unless the URI or PGSSLMODE names another; `sslrootcert` is the system's bundle
/// where
/// ~/.postgresql/root.crt does not exist; `target_session_attrs=read-write`, so that a list of hosts finds
/// the primary server; `connect_timeout=5`, `application_name=convert`, `gssencmode=disable`, keepalives of
/// 10 s. TLS does not apply to Unix sockets. The password may come from the URI, PGPASSWORD or a password
/// file.
///
/// Errors: `invalid_argument`, `unsupported` (an unknown option). Messages do not quote the URI.
Result<ConnectionOptions> parse_connection_uri(std::string_view uri);

}  // namespace convert::postgresql
