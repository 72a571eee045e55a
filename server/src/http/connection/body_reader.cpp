// SPDX-License-Identifier: MIT
#include "http/connection/body_reader.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

#include "base/try.hpp"

namespace convert::server::http {
namespace {

constexpr std::size_t kChunkReadBytes = 4'096;  // read at once when a chunk header is expected

Error response_complete_error() { return Error{Errc::cancelled, "The response is complete.", false}; }
Error truncated_body_error() {
  return Error{Errc::io, "The client disconnected before the end of the body.", false};
}

}  // namespace

BodyReader::BodyReader(const RequestFraming& framing, Options options)
    : framing_(framing),
      options_(std::move(options)),
      read_done_(options_.executor),
      awaiting_continue_(framing.expects_continue && options_.buffer.empty()),
      done_(framing.kind == RequestFraming::Kind::none ||
            (framing.kind == RequestFraming::Kind::length && framing.length == 0)) {}

std::optional<std::uint64_t> BodyReader::length() const noexcept {
  if (framing_.kind == RequestFraming::Kind::chunked) return {};
  return framing_.length;
}

std::optional<std::uint64_t> BodyReader::remaining() const noexcept {
  if (done_) return 0;
  if (framing_.kind == RequestFraming::Kind::chunked) return {};
  return framing_.length - received_;
}

Async<Result<std::size_t>> BodyReader::read(std::span<std::byte> into) {
  if (detached_) co_return response_complete_error();
  // A result of 0 means the end, so an empty read would end the body early.
  if (into.empty()) co_return Error{Errc::invalid_argument, "The read buffer must not be empty.", false};
  reading_ = true;
  Result<std::size_t> count = co_await fetch(into);
  reading_ = false;
  read_done_.set();
  co_return count;
}

void BodyReader::detach() noexcept {
  detached_ = true;
  options_.limit = std::numeric_limits<std::uint64_t>::max();
}

Async<void> BodyReader::wait_until_idle() {
  while (reading_) co_await read_done_.wait();
}

Async<Result<std::size_t>> BodyReader::fetch(std::span<std::byte> into) {
  if (error_) co_return *error_;
  if (done_) co_return std::size_t{0};
  const bool is_chunked = framing_.kind == RequestFraming::Kind::chunked;
  Result<std::size_t> count = std::size_t{0};
  if (is_chunked) {
    count = co_await read_chunked(into);
  } else {
    count = co_await read_sized(into);
  }
  if (count && received_ + *count > options_.limit) {
    count = Error{Errc::limit_exceeded, "The request body is too large.", false};
  }
  if (count) {
    received_ += *count;
    if (*count == 0 || (!is_chunked && received_ == framing_.length)) finish();
  } else if (count.error().code != Errc::cancelled) {  // after `cancelled` the connection may read on
    error_ = count.error();
    finish();
  }
  co_return count;
}

void BodyReader::finish() {
  done_ = !error_;
  if (options_.on_end) std::exchange(options_.on_end, nullptr)();
}

Async<Result<std::size_t>> BodyReader::read_sized(std::span<std::byte> into) {
  into =
      into.first(static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), framing_.length - received_)));
  const std::span<std::byte> here = options_.buffer.bytes();
  if (here.empty()) co_return co_await read_transport(into);
  const std::size_t count = std::min(here.size(), into.size());
  std::memcpy(into.data(), here.data(), count);
  options_.buffer.consume(count);
  co_return count;
}

Result<std::optional<std::size_t>> BodyReader::decode(std::span<std::byte> into) {
  InputBuffer& buffer = options_.buffer;
  while (!buffer.empty()) {
    const std::size_t max_bytes = std::min(buffer.size(), into.size());
    std::span<std::byte> input = buffer.bytes().first(max_bytes);
    const ChunkDecoder::Step step = chunks_.next(input);
    if (step.kind == ChunkDecoder::Kind::data) {
      std::memcpy(into.data(), step.data.data(), step.data.size());
    }
    buffer.consume(max_bytes - input.size());
    switch (step.kind) {
      case ChunkDecoder::Kind::more:
        break;
      case ChunkDecoder::Kind::data:
        return std::optional(step.data.size());
      case ChunkDecoder::Kind::end:
        return std::optional(std::size_t{0});
      case ChunkDecoder::Kind::bad:
        return Error{Errc::invalid_argument, std::string(step.reason), false};
    }
  }
  return std::optional<std::size_t>();
}

Async<Result<std::size_t>> BodyReader::read_chunked(std::span<std::byte> into) {
  for (;;) {
    CONVERT_CO_CHECK_ASSIGN(const std::optional<std::size_t> decoded, decode(into));
    if (decoded) co_return *decoded;
    const std::uint64_t remaining_in_chunk = chunks_.remaining_in_chunk();
    if (remaining_in_chunk > 0) {  // read straight into the caller's buffer
      const auto max_bytes =
          static_cast<std::size_t>(std::min<std::uint64_t>(remaining_in_chunk, into.size()));
      CONVERT_CO_TRY_ASSIGN(const std::size_t count, read_transport(into.first(max_bytes)));
      std::span<std::byte> input = into.first(count);
      chunks_.next(input);
      co_return count;
    }
    CONVERT_CO_TRY_ASSIGN(const std::size_t count, read_transport(options_.buffer.prepare(kChunkReadBytes)));
    options_.buffer.commit(count);
  }
}

Async<Result<void>> BodyReader::send_continue() {
  awaiting_continue_ = false;
  if (options_.may_continue && !options_.may_continue()) co_return Result<void>();
  co_return co_await options_.transport.write("HTTP/1.1 100 Continue\r\n\r\n");
}

/// An end of the stream is an error here: the body is incomplete.
Async<Result<std::size_t>> BodyReader::read_transport(std::span<std::byte> into) {
  if (awaiting_continue_) {
    CONVERT_CO_TRY(send_continue());
    // The response may have completed while "100 Continue" was sent; then nothing would end this read.
    if (detached_) co_return response_complete_error();
  }
  Result<std::size_t> count = co_await options_.transport.read_some(into);
  if (count && *count == 0) co_return truncated_body_error();
  co_return count;
}

}  // namespace convert::server::http
