// SPDX-License-Identifier: MIT
// Embeds the conversion service in a program, with a custom route beside the API.
// Usage: embed_server DATA
// Everything runs in one io_context of this program. Ctrl-C stops gracefully.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <utility>

#include <convert/convert.hpp>
#include <convert/server/server.hpp>

namespace fs = std::filesystem;
namespace server = convert::server;

namespace {

int fail(const convert::Error& error) {
  std::fprintf(stderr, "%s\n", error.message.c_str());
  return 1;
}

/// A handler is a coroutine. It must not block.
server::Async<server::Response> greet(server::Request& request) {
  std::string name(request.path_parameter("name").value_or("nobody"));
  server::Response answer;
  answer.body = "Good day, " + name + ".\n";
  co_return std::move(answer).with("Content-Type", "text/plain; charset=utf-8");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: embed_server DATA\n");
    return 2;
  }
  const fs::path data = argv[1];
  fs::create_directories(data);
  auto storage = convert::disk_storage(data / "blobs");
  if (!storage) return fail(storage.error());
  auto jobs = convert::sqlite_job_store(data / "jobs.db");
  if (!jobs) return fail(jobs.error());
  auto accounts = server::sqlite_account_store(data / "accounts.db");
  if (!accounts) return fail(accounts.error());

  convert::EngineOptions engine_options;
  engine_options.storage = *storage;
  engine_options.store = *jobs;
  convert::Engine engine(engine_options);
  if (auto started = engine.start(); !started) return fail(started.error());

  boost::asio::io_context context;
  server::ServerOptions options;
  options.accounts = *accounts;
  server::Server service(context.get_executor(), engine, std::move(options));
  service.router().on(server::Method::get, "/greetings/{name}", greet);
  const auto port = service.listen("127.0.0.1", 0);
  if (!port) return fail(port.error());
  std::printf("http://127.0.0.1:%u\n", static_cast<unsigned>(*port));
  std::fflush(stdout);

  boost::asio::signal_set signals(context, SIGINT, SIGTERM);
  signals.async_wait([&](boost::system::error_code, int) {
    const auto stopped = [](const std::exception_ptr& failure) {
      if (failure) std::rethrow_exception(failure);
    };
    boost::asio::co_spawn(context, service.stop(std::chrono::seconds(5)), stopped);
  });
  context.run();                         // returns when the server has stopped
  engine.stop(std::chrono::seconds(5));  // unfinished jobs run again after the next start
  return 0;
}
