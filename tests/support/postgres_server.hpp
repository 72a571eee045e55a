// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "support/server_process.hpp"
#include "support/test_files.hpp"

namespace convert::test {

/// A PostgreSQL server of this test: in a temporary folder, on a Unix socket and on a free port of 127.0.0.1.
/// Its superuser "postgres" needs no password on the socket; TCP needs one. The database is "postgres". It
/// flushes nothing (fsync = off), so that it starts within half a second.
class PostgresServer {
 public:
  struct Options {
    /// TLS on TCP, with a certificate for "localhost" by the authority in `authority()`.
    bool tls = false;
    /// Lines of postgresql.conf, such as "max_connections = 20".
    std::vector<std::string> settings{};
  };

  /// Whether the server is installed. Tests that need it call SKIP_WITHOUT_POSTGRESQL.
  static bool installed();

  PostgresServer() : PostgresServer(Options{}) {}
  /// Throws if it does not start.
  explicit PostgresServer(const Options& options);
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  /// The one that the tests of a program share. Give each test a schema or a database of its own.
  static PostgresServer& shared();

  /// By the socket, as the superuser.
  std::string uri(std::string_view schema = "convert") const;
  /// "postgresql://USER:PASSWORD@localhost:PORT/postgres". Append options with "?".
  std::string tcp_uri(std::string_view user, std::string_view password) const;
  /// A name that no other test of this program uses.
  static std::string unique_schema();

  /// Runs SQL as the superuser. Returns the rows, one a line, with "|" between columns. Throws on errors.
  std::string sql(const std::string& statements) const;

  void start();
  void stop(int signal);  ///< SIGINT: fast; SIGQUIT: as by a crash; SIGKILL: of the main process only
  void restart();
  /// For SIGSTOP and the like: all processes of the server.
  void signal_all(int signal) const;

  /// A standby that replicates from this server; a commit here waits for it if `synchronous`. Wait for it
  /// with `replicates`.
  std::unique_ptr<PostgresServer> make_standby(bool synchronous);
  bool replicates() const;
  void promote();

  int port() const { return port_; }
  std::filesystem::path socket_folder() const { return folder_ / "socket"; }
  std::filesystem::path authority() const { return folder_ / "authority.crt"; }
  std::filesystem::path log() const { return folder_ / "log"; }
  std::filesystem::path data() const { return folder_ / "data"; }

 private:
  struct AsStandby {};
  explicit PostgresServer(AsStandby);
  void initialize(const Options& options);
  void make_certificates();
  void append_settings(const std::vector<std::string>& lines) const;
  void run_tool(std::vector<std::string> command) const;

  TemporaryFolder folder_;
  int port_ = 0;
  std::unique_ptr<ServerProcess> process_;
};

#define SKIP_WITHOUT_POSTGRESQL() \
  if (!convert::test::PostgresServer::installed()) GTEST_SKIP() << "PostgreSQL is not installed"

/// PgBouncer in transaction mode before a PostgresServer, on a free port of 127.0.0.1 and without a password.
class PgBouncer {
 public:
  static bool installed();
  /// `pool_size`: connections to the server, which all clients share.
  explicit PgBouncer(const PostgresServer& server, int pool_size = 3);

  std::string uri(std::string_view schema = "convert") const;

 private:
  TemporaryFolder folder_;
  int port_ = 0;
  std::unique_ptr<ServerProcess> process_;
};

#define SKIP_WITHOUT_PGBOUNCER() \
  if (!convert::test::PgBouncer::installed()) GTEST_SKIP() << "PgBouncer is not installed"

}  // namespace convert::test
