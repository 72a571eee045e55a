// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/try.hpp"
#include "net/http/http_client.hpp"
#include "net/http/network_thread.hpp"
#include "net/http/transfer.hpp"

namespace convert::net {

HttpExchange::HttpExchange(std::shared_ptr<NetworkThread> thread, std::shared_ptr<Transfer> transfer,
                           std::stop_token stop)
    : thread_(std::move(thread)),
      transfer_(std::move(transfer)),
      on_stop_(std::move(stop), [this] { cancel(); }) {}

HttpExchange::~HttpExchange() {
  if (!transfer_->has_ended()) cancel();
  transfer_->wait_for_release();
}

Result<bool> HttpExchange::write(std::span<const std::byte> bytes) {
  return transfer_->write(bytes, [this] { thread_->attend(transfer_); });
}

Result<std::reference_wrapper<const HttpResponseHead>> HttpExchange::head() {
  return transfer_->wait_for_head();
}

Result<std::size_t> HttpExchange::read(std::span<std::byte> into) {
  return transfer_->read(into, [this] { thread_->attend(transfer_); });
}

Result<HttpResponse> HttpExchange::response(std::size_t max_body) {
  CONVERT_TRY_ASSIGN(const HttpResponseHead& response_head, head());
  HttpResponse result{{response_head}, {}};
  const auto too_large = [&] {
    return Error{Errc::limit_exceeded, fmt::format("The answer of {} is larger than {} bytes.",
                                                   transfer_->request().url.authority(), max_body)};
  };
  const bool is_head = transfer_->request().method == "HEAD";
  if (!is_head && result.content_length.value_or(0) > max_body) return too_large();
  constexpr std::size_t kMinBlock = std::size_t{4} << 10;
  constexpr std::size_t kMaxBlock = std::size_t{1} << 20;
  for (;;) {
    const std::size_t size = result.body.size();
    const std::size_t room = std::min(std::clamp(size, kMinBlock, kMaxBlock), max_body - size + 1);
    result.body.resize(size + room);
    auto count = read(std::as_writable_bytes(std::span(result.body).subspan(size)));
    result.body.resize(size + count.value_or(0));
    if (!count) return std::move(count).error();
    if (result.body.size() > max_body) return too_large();
    if (*count == 0) return result;
  }
}

bool HttpExchange::has_ended() const { return transfer_->has_ended(); }

void HttpExchange::cancel() noexcept {
  transfer_->cancel();
  thread_->attend(transfer_);
}

}  // namespace convert::net
