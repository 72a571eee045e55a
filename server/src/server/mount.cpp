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

#include "http/exchange.hpp"
#include "http/field_values.hpp"

namespace convert::server {
namespace {

namespace beast = boost::beast;
using Parser = beast::http::request_parser<beast::http::empty_body>;

constexpr unsigned kFileThreads = 2;

/// What all mounted routers of an execution context share; its threads end with the context.
class Mounted final : public asio::execution_context::service {
 public:
  using key_type = Mounted;
  static asio::execution_context::id id;

  explicit Mounted(asio::execution_context& context)
      : service(context), pool_(std::make_unique<http::Pool>(kFileThreads)) {}

  http::Pool& pool() { return *pool_; }
  const http::RequestIds& ids() const { return ids_; }

 private:
  void shutdown() noexcept override { pool_.reset(); }

  std::unique_ptr<http::Pool> pool_;
  http::RequestIds ids_;
};

asio::execution_context::id Mounted::id;

/// Views of what the parser holds.
void take_head(const Parser& parser, http::Head& head) {
  const auto& message = parser.get();
  const auto view = [](beast::string_view text) { return std::string_view(text.data(), text.size()); };
  head.method = view(message.method_string());
  head.target = view(message.target());
  head.version = static_cast<int>(message.version());
  for (const auto& field : message) head.fields.push_back({view(field.name_string()), view(field.value())});
}

void take_bytes(beast::flat_buffer& from, http::InputBuffer& into) {
  const auto bytes = from.cdata();
  into.append({static_cast<const std::byte*>(bytes.data()), bytes.size()});
  from.consume(bytes.size());
}

/// false: there is no room for them.
bool give_back(http::InputBuffer& from, beast::flat_buffer& into) {
  if (from.size() > into.max_size()) return false;
  const auto space = into.prepare(from.size());
  std::memcpy(space.data(), from.bytes().data(), from.size());
  into.commit(from.size());
  return true;
}

}  // namespace

Async<After> serve(const Router& router, std::string_view prefix, Transport& transport,
                   beast::flat_buffer& buffer, const Parser& parser, Peer peer) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  auto& mounted = asio::use_service<Mounted>(executor.context());
  const http::Service service{router, mounted.pool(), mounted.ids()};
  http::Head head;
  take_head(parser, head);
  http::InputBuffer input;
  take_bytes(buffer, input);
  std::string text;
  const std::string date =
      http::http_date(std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
  http::Line line{transport, nullptr, input, text, date, executor, nullptr};
  http::Exchange exchange(service, std::move(line), head, std::move(peer), prefix);
  const After after = co_await exchange.run(false);
  if (after == After::keep_alive && give_back(input, buffer)) co_return After::keep_alive;
  co_return After::close;
}

}  // namespace convert::server
