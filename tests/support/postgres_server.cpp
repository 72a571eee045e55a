// SPDX-License-Identifier: MIT
#include "support/postgres_server.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "support/processes.hpp"
#include "support/shell_command.hpp"
#include "support/test_helpers.hpp"

namespace convert::test {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kPatience(30);

/// Debian's folders of versions, the newest first.
std::vector<std::string> postgres_folders() {
  std::vector<std::string> folders;
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", failure))
    folders.push_back(entry.path() / "bin");
  std::sort(folders.rbegin(), folders.rend());
  return folders;
}

std::string tool(const std::string& name) { return find_program(name, postgres_folders()); }

void append_line(const fs::path& file, std::string_view line) {
  std::ofstream out(file, std::ios::app);
  out << line << '\n';
}

}  // namespace

bool PostgresServer::installed() { return !tool("initdb").empty() && !tool("psql").empty(); }

PostgresServer::PostgresServer(const Options& options) : port_(free_port()) {
  initialize(options);
  start();
}

PostgresServer::PostgresServer(AsStandby) : port_(free_port()) {
  own_by_unprivileged(folder_.path());
  fs::create_directory(socket_folder());
  own_by_unprivileged(socket_folder());
}

PostgresServer::~PostgresServer() {
  if (process_ && process_->runs()) stop(SIGQUIT);
}

PostgresServer& PostgresServer::shared() {
  static PostgresServer server;
  return server;
}

void PostgresServer::initialize(const Options& options) {
  own_by_unprivileged(folder_.path());
  fs::create_directory(socket_folder());
  own_by_unprivileged(socket_folder());
  run_tool({tool("initdb"), "--pgdata", data(), "--username", "postgres", "--encoding", "UTF8", "--locale",
            "C", "--auth-local", "trust", "--auth-host", "scram-sha-256", "--no-sync"});
  append_settings({"listen_addresses = '127.0.0.1'", fmt::format("port = {}", port_),
                   fmt::format("unix_socket_directories = '{}'", socket_folder().string()), "fsync = off",
                   "shared_buffers = 32MB", "max_connections = 100", "lc_messages = 'C'",
                   "log_line_prefix = '%m [%p] '"});
  append_settings(options.settings);
  if (options.tls) {
    make_certificates();
    append_settings({"ssl = on", fmt::format("ssl_cert_file = '{}'", (folder_ / "server.crt").string()),
                     fmt::format("ssl_key_file = '{}'", (folder_ / "server.key").string())});
  }
}

/// A certification authority, and the server's certificate by it.
void PostgresServer::make_certificates() {
  const auto at = [this](std::string_view name) { return quoted(folder_ / name); };
  const auto made = run(fmt::format(
      "set -e; openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
      "-subj '/CN=Test authority' -keyout {0} -out {1}; "
      "openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost -keyout {2} "
      "-out {3}; printf 'subjectAltName=DNS:localhost' >{4}; "
      "openssl x509 -req -in {3} -CA {1} -CAkey {0} -CAcreateserial -days 2 -extfile {4} -out {5}; "
      "chmod 600 {2}",
      at("authority.key"), at("authority.crt"), at("server.key"), at("server.csr"), at("server.ext"),
      at("server.crt")));
  if (made.status != 0) throw std::runtime_error(made.output);
  own_by_unprivileged(folder_ / "server.key");
  own_by_unprivileged(folder_ / "server.crt");
}

void PostgresServer::append_settings(const std::vector<std::string>& lines) const {
  for (const std::string& line : lines) append_line(data() / "postgresql.conf", line);
}

void PostgresServer::run_tool(std::vector<std::string> command) const {
  if (run_program({std::move(command), log(), true}) != 0) throw std::runtime_error(read_file(log()));
}

void PostgresServer::start() {
  process_ = std::make_unique<ServerProcess>(
      ProgramStart{{tool("postgres"), "-D", data()}, log(), true, folder_.path()});
  // Its last line says whether it takes connections; "standby": for reading.
  const bool ready = eventually(kPatience, [this]() {
    if (!process_->runs()) return true;
    const std::string state = read_file(data() / "postmaster.pid");
    const bool own = state.starts_with(fmt::format("{}\n", process_->id()));
    return own && (state.find("ready") != std::string::npos || state.find("standby") != std::string::npos);
  });
  if (!ready || !process_->runs()) throw std::runtime_error(read_file(log()));
}

void PostgresServer::stop(int signal) {
  process_->signal(signal);
  if (!process_->wait(kPatience)) throw std::runtime_error("PostgreSQL does not stop.");
  process_.reset();
}

void PostgresServer::restart() {
  stop(SIGINT);
  start();
}

void PostgresServer::signal_all(int signal) const {
  const pid_t main = process_->id();
  std::vector<pid_t> processes{main};
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const pid_t process = std::stoi(name);
    if (parent_of(process) == main) processes.push_back(process);
  }
  convert::test::signal_all(processes, signal);
}

std::string PostgresServer::uri(std::string_view schema) const {
  return fmt::format("postgresql:///postgres?user=postgres&host={}&port={}&schema={}",
                     socket_folder().string(), port_, schema);
}

std::string PostgresServer::tcp_uri(std::string_view user, std::string_view password) const {
  return fmt::format("postgresql://{}:{}@localhost:{}/postgres", user, password, port_);
}

std::string PostgresServer::unique_schema() {
  static std::atomic<int> count = 0;
  return fmt::format("test_{}_{}", ::getpid(), ++count);
}

std::string PostgresServer::sql(const std::string& statements) const {
  static std::atomic<int> count = 0;  // several threads of a test may be here
  const fs::path file = folder_ / fmt::format("statements{}.sql", ++count);
  write_file(file, statements);
  auto ran = run(fmt::format("{} -X -q -A -t -v ON_ERROR_STOP=1 -h {} -p {} -U postgres -d postgres -f {}",
                             tool("psql"), quoted(socket_folder()), port_, quoted(file)));
  fs::remove(file);
  if (ran.status != 0) throw std::runtime_error(ran.output);
  if (ran.output.ends_with('\n')) ran.output.pop_back();
  return ran.output;
}

std::unique_ptr<PostgresServer> PostgresServer::make_standby(bool synchronous) {
  auto standby = std::unique_ptr<PostgresServer>(new PostgresServer(AsStandby{}));
  standby->run_tool({tool("pg_basebackup"), "--pgdata", standby->data(), "--host", socket_folder(), "--port",
                     std::to_string(port_), "--username", "postgres", "--write-recovery-conf", "--wal-method",
                     "stream", "--checkpoint", "fast", "--no-sync", "--dbname", "application_name=standby"});
  standby->append_settings(
      {fmt::format("port = {}", standby->port_),
       fmt::format("unix_socket_directories = '{}'", standby->socket_folder().string())});
  standby->start();
  if (synchronous) {
    sql("ALTER SYSTEM SET synchronous_standby_names = 'standby'; SELECT pg_reload_conf()");
  }
  if (!eventually(kPatience, [this]() { return replicates(); })) throw std::runtime_error(read_file(log()));
  return standby;
}

bool PostgresServer::replicates() const {
  return sql("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") != "0";
}

void PostgresServer::promote() { sql("SELECT pg_promote()"); }

bool PgBouncer::installed() { return !find_program("pgbouncer", {"/usr/sbin"}).empty(); }

PgBouncer::PgBouncer(const PostgresServer& server, int pool_size) : port_(free_port()) {
  own_by_unprivileged(folder_.path());
  const fs::path configuration = folder_ / "pgbouncer.ini";
  write_file(configuration,
             fmt::format("[databases]\npostgres = host={} port={} user=postgres\n[pgbouncer]\n"
                         "listen_addr = 127.0.0.1\nlisten_port = {}\nunix_socket_dir =\nauth_type = any\n"
                         "pool_mode = transaction\ndefault_pool_size = {}\n",
                         server.socket_folder().string(), server.port(), port_, pool_size));
  process_ = std::make_unique<ServerProcess>(
      ProgramStart{{find_program("pgbouncer", {"/usr/sbin"}), configuration}, folder_ / "log", true});
  const bool ready = eventually(
      kPatience, [this]() { return read_file(folder_ / "log").find("process up") != std::string::npos; });
  if (!ready) throw std::runtime_error(read_file(folder_ / "log"));
}

std::string PgBouncer::uri(std::string_view schema) const {
  return fmt::format("postgresql://postgres@127.0.0.1:{}/postgres?sslmode=disable&schema={}", port_, schema);
}

}  // namespace convert::test
