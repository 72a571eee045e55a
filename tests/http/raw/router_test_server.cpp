// SPDX-License-Identifier: MIT
#include "http/raw/router_test_server.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <condition_variable>
#include <stdexcept>
#include <utility>

#include "http/content/event_stream.hpp"
#include "support/test_files.hpp"

namespace convert::test {

using namespace server;  // NOLINT(google-build-using-namespace): what is under test
using namespace std::chrono_literals;

RouterTestServer::RouterTestServer(const std::function<void(Router&)>& routes, const Adjust& adjust,
                                   unsigned threads)
    : work_(context_.get_executor()) {
  http::HttpServer::Options options;
  options.executor = context_.get_executor();
  options.log = [this](LogLine::Level, std::string text) {
    const std::lock_guard lock(mutex_);
    log_ += text + '\n';
    news_.notify_all();
  };
  if (adjust) adjust(options);
  server_ = std::make_shared<http::HttpServer>(std::move(options), nullptr);
  routes(server_->router());
  const auto port = server_->listen("127.0.0.1", 0);
  if (!port) throw std::runtime_error(port.error().message);
  port_ = *port;
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { context_.run(); });
}

RouterTestServer::~RouterTestServer() {
  stop(0ms);
  server_.reset();
  work_.reset();
  context_.stop();
  for (std::thread& thread : threads_) thread.join();
}

std::string RouterTestServer::log() const {
  const std::lock_guard lock(mutex_);
  return log_;
}

bool RouterTestServer::logged(std::string_view text) const {
  std::unique_lock lock(mutex_);
  return news_.wait_for(lock, 20s, [&]() { return log_.find(text) != std::string::npos; });
}

bool RouterTestServer::stop(std::chrono::milliseconds grace) {
  if (std::exchange(stopped_, true)) return true;
  auto stopped = boost::asio::co_spawn(context_, server_->stop(grace), boost::asio::use_future);
  return stopped.wait_for(60s) == std::future_status::ready;
}

struct TestRoutes::State {
  mutable std::mutex mutex;
  mutable std::condition_variable news;
  int canary_requests = 0;  // guarded by mutex
  int ended = 0;            // guarded by mutex
  TemporaryFolder folder;
};

namespace {

using Shared = std::shared_ptr<TestRoutes::State>;

Response text(std::string body) {
  Response response;
  response.body = std::move(body);
  response.with("Content-Type", "text/plain");
  return response;
}

Response failure(const Error& error) {
  switch (error.code) {
    case Errc::limit_exceeded:
      return problem_response(413, "too_large", error.message);
    case Errc::deadline_exceeded:
      return problem_response(408, "too_slow", error.message);
    default:
      return problem_response(400, "bad_request", error.message);
  }
}

Async<Response> echo(Request& request) {
  std::string all;
  std::array<std::byte, 7'000> block{};
  for (;;) {
    const Result<std::size_t> count = co_await request.body->read(block);
    if (!count) co_return failure(count.error());
    if (*count == 0) break;
    all.append(reinterpret_cast<const char*>(block.data()), *count);
  }
  co_return text(std::move(all));
}

Async<Response> count(Request& request) {
  std::vector<std::byte> block(65'536);
  for (;;) {
    const Result<std::size_t> read = co_await request.body->read(block);
    if (!read) co_return failure(read.error());
    if (*read == 0) break;
  }
  co_return text(std::to_string(request.body->received()));
}

/// Sends numbers, one per line; fails after `broken` of them.
class Numbers final : public ResponseStream {
 public:
  Numbers(int count, int broken, bool throws = false) : count_(count), broken_(broken), throws_(throws) {}
  Async<Result<std::string_view>> next() override {
    if (at_ == broken_ && throws_) throw std::runtime_error("The numbers were thrown.");
    if (at_ == broken_) co_return Error{Errc::internal, "The numbers have run out.", false};
    if (at_ == count_) co_return std::string_view();
    piece_ = std::to_string(++at_) + '\n';
    co_return std::string_view(piece_);
  }

 private:
  int count_;
  int broken_;
  bool throws_;
  int at_ = 0;
  std::string piece_;
};

Async<Response> source(Request& request) {
  Response response;
  const auto number = [&](std::string_view name) {
    return std::stoi(request.query_parameter(name).value_or("-1"));
  };
  response.body = std::make_unique<Numbers>(number("count"), number("broken"),
                                            request.query_parameter("throws").has_value());
  co_return response;
}

/// Sends the request body back while it is received.
class Duplex final : public ResponseStream {
 public:
  explicit Duplex(std::shared_ptr<Body> body) : body_(std::move(body)) {}
  Async<Result<std::string_view>> next() override {
    const Result<std::size_t> count = co_await body_->read(block_);
    if (!count) co_return count.error();
    co_return std::string_view(reinterpret_cast<const char*>(block_.data()), *count);
  }

 private:
  std::shared_ptr<Body> body_;
  std::array<std::byte, 4'096> block_{};
};

Async<Response> duplex(Request& request) {
  Response response;
  response.body = std::make_unique<Duplex>(request.body);
  co_return response;
}

/// Ends when the client disconnects, and is counted then.
Async<Response> forever(Request& request, Shared state) {
  auto events = http::EventQueue::make(request.executor);
  std::shared_ptr<void> held(nullptr, [state](void*) {
    const std::lock_guard lock(state->mutex);
    ++state->ended;
    state->news.notify_all();
  });
  co_return http::event_stream_response(
      http::make_event_stream(request, events, "data: begun\n\n", std::move(held)));
}

/// Reads the body in a separate coroutine for longer than the response takes.
Async<void> read_on(std::shared_ptr<Body> body, Shared state) {
  std::array<std::byte, 100> block{};
  for (bool more = true; more;) {
    const Result<std::size_t> count = co_await body->read(block);
    more = count && *count > 0;
  }
  const Result<std::size_t> again = co_await body->read(block);
  const std::lock_guard lock(state->mutex);
  if (!again || *again == 0) ++state->ended;
  state->news.notify_all();
}

Async<Response> leaves_reader(Request& request, Shared state) {
  boost::asio::co_spawn(request.executor, read_on(request.body, std::move(state)), boost::asio::detached);
  Response response;
  response.body = std::make_unique<Numbers>(1, -1);
  co_return response;
}

Async<Response> throws(Request& request) {
  if (request.fields.empty()) co_return text("");
  throw std::runtime_error("a secret of the handler's");
}

Async<Response> canary(Shared state) {
  const std::lock_guard lock(state->mutex);
  ++state->canary_requests;
  co_return text("canary");
}

Async<Response> file_answer(Shared state) {
  auto bytes = open_file(state->folder / "file");
  if (!bytes) co_return failure(bytes.error());
  const std::uint64_t size = *(*bytes)->size();
  Response response;
  response.body = Content{std::move(*bytes), size};
  response.with("Content-Type", "audio/x-toy").with("ETag", "\"toy\"");
  response.with("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT");
  co_return response;
}

/// Evicts the file from the page cache, so that it must be read from disk.
Async<Response> cold_file(Shared state) {
  const int number = ::open((state->folder / "file").c_str(), O_RDONLY | O_CLOEXEC);
  ::fsync(number);
  ::posix_fadvise(number, 0, 0, POSIX_FADV_DONTNEED);
  ::close(number);
  co_return co_await file_answer(state);
}

Async<Response> memory(std::string bytes) {
  std::vector<std::byte> copy(bytes.size());
  std::transform(bytes.begin(), bytes.end(), copy.begin(), [](char c) { return static_cast<std::byte>(c); });
  Response response;
  const std::uint64_t size = copy.size();
  response.body = Content{memory_reader(std::move(copy)), size};
  co_return response;
}

Async<Response> ready(Response response) { co_return response; }

Response large_json(std::string_view cache) {
  Response response = json_response(200, "[" + std::string(5'000, ' ') + "]");
  response.with("ETag", "\"large\"");
  if (!cache.empty()) response.with("Cache-Control", cache);
  return response;
}

}  // namespace

TestRoutes::TestRoutes() : state_(std::make_shared<State>()) {
  for (int i = 0; file.size() < 3'000'000; ++i) file += std::to_string(i) + ' ';
  auto writer = create_file(state_->folder / "file");
  if (!writer || !(*writer)->write_at(0, std::as_bytes(std::span(file))) || !(*writer)->commit()) {
    throw std::runtime_error("The file of the toys can't be written.");
  }
}

int TestRoutes::canary_requests() const {
  const std::lock_guard lock(state_->mutex);
  return state_->canary_requests;
}

bool TestRoutes::ended(int count) const {
  std::unique_lock lock(state_->mutex);
  return state_->news.wait_for(lock, 20s, [&]() { return state_->ended >= count; });
}

void TestRoutes::routes(Router& router) {
  const Shared state = state_;
  RouteOptions large;
  large.max_body_bytes = std::uint64_t{1} << 40;
  RouteOptions streams = large;
  streams.streaming = true;
  RouteOptions small;
  small.max_body_bytes = 1'000;
  router.constant("/constant", text("constant"));
  router.on(Method::get, "/canary", [state](Request&) { return canary(state); });
  router.on(Method::post, "/echo", echo, large);
  router.on(Method::post, "/small", echo, small);
  router.on(Method::post, "/count", count, large);
  router.on(Method::get, "/source", source);
  router.on(Method::get, "/file", [state](Request&) { return file_answer(state); });
  router.on(Method::get, "/cold", [state](Request&) { return cold_file(state); });
  router.on(Method::get, "/memory", [this](Request&) { return memory(file); });
  router.on(Method::get, "/json", [](Request&) { return ready(large_json("")); });
  router.on(Method::get, "/secret", [](Request&) { return ready(large_json("no-store")); });
  router.on(
      Method::post, "/nothing", [](Request&) { return ready(text("nothing")); }, large);
  router.on(
      Method::post, "/refuse", [](Request&) { return ready(problem_response(403, "no", "No.")); }, large);
  router.on(Method::post, "/duplex", duplex, streams);
  router.on(
      Method::post, "/leaves", [state](Request& request) { return leaves_reader(request, state); }, streams);
  router.on(
      Method::get, "/forever", [state](Request& request) { return forever(request, state); }, streams);
  router.on(Method::get, "/throws", throws);
  router.on(Method::get, "/split",
            [](Request&) { return ready(text("x").with("X-Name", "a\r\nX-Evil: 1")); });
  router.on(Method::get, "/id", [](Request& request) { return ready(text(request.id)); });
  router.on(Method::get, "/peer", [](Request& request) { return ready(text(request.peer.address)); });
}

}  // namespace convert::test
