// SPDX-License-Identifier: MIT
#include "http/body_reader.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

namespace convert::server::http {
namespace {

constexpr std::size_t kChunkHeaders = 4'096;  // read at once, to be looked at

Error over() { return Error{Errc::cancelled, "The request has been answered already.", false}; }
Error cut_short() { return Error{Errc::io, "The client has gone before the end of the body.", false}; }

}  // namespace

BodyReader::BodyReader(const Framing& framing, Setting setting)
    : framing_(framing),
      setting_(std::move(setting)),
      quiet_(setting_.executor),
      waits_for_continue_(framing.expects_continue && setting_.buffer.empty()),
      done_(framing.kind == Framing::Kind::none ||
            (framing.kind == Framing::Kind::length && framing.length == 0)) {}

std::optional<std::uint64_t> BodyReader::length() const noexcept {
  if (framing_.kind == Framing::Kind::chunked) return {};
  return framing_.length;
}

std::optional<std::uint64_t> BodyReader::left() const noexcept {
  if (done_) return 0;
  if (framing_.kind == Framing::Kind::chunked) return {};
  return framing_.length - received_;
}

Async<Result<std::size_t>> BodyReader::read(std::span<std::byte> into) {
  if (left_alone_) co_return over();
  // Nothing read would look like the end, and what is left of the body like the next request.
  if (into.empty()) co_return Error{Errc::invalid_argument, "A read needs room for a byte.", false};
  busy_ = true;
  Result<std::size_t> count = co_await fetch(into);
  busy_ = false;
  quiet_.call();
  co_return count;
}

void BodyReader::leave() noexcept {
  left_alone_ = true;
  setting_.limit = std::numeric_limits<std::uint64_t>::max();
}

Async<void> BodyReader::quiet() {
  while (busy_) co_await quiet_.wait();
}

Async<Result<std::size_t>> BodyReader::fetch(std::span<std::byte> into) {
  if (error_) co_return *error_;
  if (done_) co_return std::size_t{0};
  const bool in_chunks = framing_.kind == Framing::Kind::chunked;
  Result<std::size_t> count = std::size_t{0};
  if (in_chunks) {
    count = co_await chunked(into);
  } else {
    count = co_await plain(into);
  }
  if (count && received_ + *count > setting_.limit) {
    count = Error{Errc::limit_exceeded, "The body of the request is too large.", false};
  }
  if (count) {
    received_ += *count;
    if (*count == 0 || (!in_chunks && received_ == framing_.length)) finish();
  } else if (count.error().code != Errc::cancelled) {  // else the connection itself reads on
    error_ = count.error();
    finish();
  }
  co_return count;
}

void BodyReader::finish() {
  done_ = !error_;
  if (setting_.ended) std::exchange(setting_.ended, nullptr)();
}

Async<Result<std::size_t>> BodyReader::plain(std::span<std::byte> into) {
  into =
      into.first(static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), framing_.length - received_)));
  const std::span<std::byte> here = setting_.buffer.bytes();
  if (here.empty()) co_return co_await from_transport(into);
  const std::size_t count = std::min(here.size(), into.size());
  std::memcpy(into.data(), here.data(), count);
  setting_.buffer.consume(count);
  co_return count;
}

Result<std::optional<std::size_t>> BodyReader::decode(std::span<std::byte> into) {
  InputBuffer& buffer = setting_.buffer;
  while (!buffer.empty()) {
    const std::size_t most = std::min(buffer.size(), into.size());
    std::span<std::byte> input = buffer.bytes().first(most);
    const ChunkDecoder::Step step = chunks_.next(input);
    if (step.kind == ChunkDecoder::Kind::data) {
      std::memcpy(into.data(), step.data.data(), step.data.size());
    }
    buffer.consume(most - input.size());
    switch (step.kind) {
      case ChunkDecoder::Kind::more:
        break;
      case ChunkDecoder::Kind::data:
        return std::optional(step.data.size());
      case ChunkDecoder::Kind::end:
        return std::optional(std::size_t{0});
      case ChunkDecoder::Kind::bad:
        return Error{Errc::invalid_argument, std::string(step.why), false};
    }
  }
  return std::optional<std::size_t>();
}

Async<Result<std::size_t>> BodyReader::chunked(std::span<std::byte> into) {
  for (;;) {
    Result<std::optional<std::size_t>> decoded = decode(into);
    if (!decoded) co_return std::move(decoded).error();
    if (*decoded) co_return **decoded;
    const std::uint64_t in_chunk = chunks_.in_chunk();
    if (in_chunk > 0) {  // straight to where it is wanted
      const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(in_chunk, into.size()));
      Result<std::size_t> count = co_await from_transport(into.first(most));
      if (!count) co_return count;
      std::span<std::byte> input = into.first(*count);
      chunks_.next(input);
      co_return count;
    }
    Result<std::size_t> count = co_await from_transport(setting_.buffer.room(kChunkHeaders));
    if (!count) co_return count;
    setting_.buffer.filled(*count);
  }
}

Async<Result<void>> BodyReader::say_continue() {
  waits_for_continue_ = false;
  if (setting_.may_continue && !setting_.may_continue()) co_return Result<void>();
  co_return co_await setting_.transport.write("HTTP/1.1 100 Continue\r\n\r\n");
}

/// The end comes too early here: it is an error.
Async<Result<std::size_t>> BodyReader::from_transport(std::span<std::byte> into) {
  if (waits_for_continue_) {
    const Result<void> said = co_await say_continue();
    if (!said) co_return said.error();
    // The answer may have been complete before the client took the word: nobody would end this read.
    if (left_alone_) co_return over();
  }
  Result<std::size_t> count = co_await setting_.transport.read_some(into);
  if (count && *count == 0) co_return cut_short();
  co_return count;
}

}  // namespace convert::server::http
