// SPDX-License-Identifier: MIT
// Mounts the API below /media in an existing Beast server, with the users of that server.
// Usage: mount_router DATA
// The host has its own connections, routes and sessions (a cookie). The API calls the host to authenticate.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <convert/convert.hpp>
#include <convert/server/mount.hpp>
#include <convert/server/server.hpp>

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace server = convert::server;
using asio::ip::tcp;

namespace {

constexpr std::string_view kPrefix = "/media";

int fail(const convert::Error& error) {
  std::fprintf(stderr, "%s\n", error.message.c_str());
  return 1;
}

/// The sessions of the host: cookie to user name.
const std::map<std::string, std::string, std::less<>>& sessions() {
  static const std::map<std::string, std::string, std::less<>> known{{"session=4f2c", "ann"},
                                                                     {"session=9e01", "bob"}};
  return known;
}

/// Authenticates a request. The account owns its tasks. Without an identity the response is 401.
server::Async<convert::Result<std::optional<server::Identity>>> authenticate(server::Request& request) {
  std::optional<server::Identity> identity;
  const auto cookie = request.field("Cookie");
  const auto found = cookie ? sessions().find(*cookie) : sessions().end();
  if (found != sessions().end()) {
    identity.emplace();
    identity->account = identity->name = found->second;
  }
  co_return identity;
}

bool is_mounted(std::string_view target) {
  return target.starts_with(kPrefix) && (target.size() == kPrefix.size() || target[kPrefix.size()] == '/');
}

/// A small single-threaded Beast server.
class Host {
 public:
  Host(asio::io_context& context, const server::Router& routes)
      : acceptor_(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0)), routes_(routes) {}

  unsigned port() const { return acceptor_.local_endpoint().port(); }

  void start() { asio::co_spawn(acceptor_.get_executor(), accept(), asio::detached); }

  /// Stops accepting and closes all connections.
  void stop() {
    acceptor_.close();
    for (auto* socket : open_) socket->close();
  }

 private:
  asio::awaitable<void> accept() {
    boost::system::error_code failure;
    auto token = asio::redirect_error(asio::use_awaitable, failure);
    while (acceptor_.is_open()) {
      tcp::socket socket(acceptor_.get_executor());
      co_await acceptor_.async_accept(socket, token);
      if (!failure) asio::co_spawn(acceptor_.get_executor(), session(std::move(socket)), asio::detached);
    }
  }

  asio::awaitable<void> session(tcp::socket socket) {
    boost::system::error_code failure;
    const auto remote = socket.remote_endpoint(failure);
    if (failure) co_return;
    server::Peer peer;
    peer.address = remote.address().to_string();
    peer.port = remote.port();
    open_.insert(&socket);
    boost::beast::flat_buffer buffer(64 << 10);
    bool more = true;
    while (more) more = co_await answer_one(socket, buffer, peer);
    open_.erase(&socket);
    socket.shutdown(tcp::socket::shutdown_send, failure);
  }

  /// Returns whether the connection can be reused.
  asio::awaitable<bool> answer_one(tcp::socket& socket, boost::beast::flat_buffer& buffer,
                                   const server::Peer& peer) {
    boost::system::error_code failure;
    auto token = asio::redirect_error(asio::use_awaitable, failure);
    http::request_parser<http::empty_body> parser;
    parser.header_limit(16 << 10);
    parser.body_limit(boost::none);  // the API limits the body of each route
    co_await http::async_read_header(socket, buffer, parser, token);
    if (failure) co_return false;
    if (!is_mounted(parser.get().target())) co_return co_await own_page(socket, parser);
    server::StreamTransport<tcp::socket> transport(socket);
    const auto after = co_await server::serve(routes_, kPrefix, transport, buffer, parser, peer);
    co_return after == server::AfterResponse::keep_alive;
  }

  /// The pages of the host. They accept no body.
  static asio::awaitable<bool> own_page(tcp::socket& socket,
                                        const http::request_parser<http::empty_body>& parser) {
    const auto& request = parser.get();
    const bool home = request.target() == "/";
    const bool body = parser.chunked() || parser.content_length().value_or(0) != 0;
    http::response<http::string_body> response(home ? http::status::ok : http::status::not_found,
                                               request.version());
    response.body() = home ? "The host's own page.\n" : "Page not found on the host.\n";
    response.keep_alive(request.keep_alive() && !body);
    response.prepare_payload();
    boost::system::error_code failure;
    auto token = asio::redirect_error(asio::use_awaitable, failure);
    co_await http::async_write(socket, response, token);
    co_return !failure && response.keep_alive();
  }

  tcp::acceptor acceptor_;
  const server::Router& routes_;
  std::set<tcp::socket*> open_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: mount_router DATA\n");
    return 2;
  }
  const std::filesystem::path data = argv[1];
  std::filesystem::create_directories(data);
  auto storage = convert::disk_storage(data / "blobs");
  if (!storage) return fail(storage.error());
  auto jobs = convert::sqlite_job_store(data / "jobs.db");
  if (!jobs) return fail(jobs.error());
  convert::EngineOptions engine_options;
  engine_options.storage = *storage;
  engine_options.store = *jobs;
  convert::Engine engine(engine_options);
  if (auto started = engine.start(); !started) return fail(started.error());

  asio::io_context context;
  server::ApiOptions options;
  options.authenticate = authenticate;
  server::Api api(context.get_executor(), engine, std::move(options));

  Host host(context, api.router());
  host.start();
  std::printf("http://127.0.0.1:%u\n", host.port());
  std::fflush(stdout);

  asio::signal_set signals(context, SIGINT, SIGTERM);
  signals.async_wait([&](boost::system::error_code, int) { host.stop(); });
  context.run();  // returns after the last connection
  engine.stop();
  return 0;
}
