// SPDX-License-Identifier: MIT
#include <boost/asio/execution_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <chrono>
#include <convert/server/mount.hpp>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "http/connection/exchange.hpp"
#include "http/message/http_date.hpp"

namespace convert::server {
namespace {

namespace beast = boost::beast;
using Parser = beast::http::request_parser<beast::http::empty_body>;

constexpr unsigned kFileThreads = 2;

/// Shared by all mounted routers of an execution context; its threads end with the context.
class MountResources final : public asio::execution_context::service {
 public:
  using key_type = MountResources;
  static asio::execution_context::id id;

  explicit MountResources(asio::execution_context& context)
      : service(context), pool_(std::make_unique<http::BlockingPool>(kFileThreads)) {}

  http::BlockingPool& pool() { return *pool_; }
  const http::RequestIdGenerator& ids() const { return ids_; }

 private:
  void shutdown() noexcept override { pool_.reset(); }

  std::unique_ptr<http::BlockingPool> pool_;
  http::RequestIdGenerator ids_;
};

asio::execution_context::id MountResources::id;

/// Fills `head` with views of the parser's message.
void copy_head(const Parser& parser, http::RequestHead& head) {
  const auto& message = parser.get();
  const auto view = [](beast::string_view text) { return std::string_view(text.data(), text.size()); };
  head.method = view(message.method_string());
  head.target = view(message.target());
  head.version = static_cast<int>(message.version());
  for (const auto& field : message) head.fields.push_back({view(field.name_string()), view(field.value())});
}

void move_input(beast::flat_buffer& from, http::InputBuffer& into) {
  const auto bytes = from.cdata();
  into.append({static_cast<const std::byte*>(bytes.data()), bytes.size()});
  from.consume(bytes.size());
}

/// False: the bytes exceed the buffer's maximum size.
bool return_input(http::InputBuffer& from, beast::flat_buffer& into) {
  if (from.size() > into.max_size()) return false;
  const auto space = into.prepare(from.size());
  std::memcpy(space.data(), from.bytes().data(), from.size());
  into.commit(from.size());
  return true;
}

}  // namespace

Async<AfterResponse> serve(const Router& router, std::string_view prefix, Transport& transport,
                           beast::flat_buffer& buffer, const Parser& parser, Peer peer) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  auto& resources = asio::use_service<MountResources>(executor.context());
  const http::ServerContext server{router, resources.pool(), resources.ids()};
  http::RequestHead head;
  copy_head(parser, head);
  http::InputBuffer input;
  move_input(buffer, input);
  std::string write_buffer;
  const std::string date =
      http::http_date(std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
  http::ConnectionContext connection{transport, nullptr, input, write_buffer, date, executor, nullptr};
  http::Exchange exchange(server, std::move(connection), head, std::move(peer), prefix);
  const AfterResponse after = co_await exchange.run(false);
  if (after == AfterResponse::keep_alive && return_input(input, buffer)) co_return AfterResponse::keep_alive;
  co_return AfterResponse::close;
}

}  // namespace convert::server
