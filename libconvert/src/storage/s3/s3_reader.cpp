// SPDX-License-Identifier: MIT
#include "storage/s3/s3_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <optional>

#include "base/try.hpp"
#include "net/http/retry_policy.hpp"
#include "storage/s3/block_cache.hpp"
#include "storage/s3/objects.hpp"

namespace convert::storage {
namespace {

/// Blocks fetched in order, after which a stream continues.
constexpr int kBlocksBeforeStream = 3;
/// Attempts to continue a stream that broke before it brought a byte.
constexpr int kMaxBrokenStreams = 5;

/// The size in "bytes 0-9/100".
std::optional<std::uint64_t> size_in_content_range(std::string_view text) {
  const std::size_t slash = text.rfind('/');
  if (slash == std::string_view::npos) return {};
  text.remove_prefix(slash + 1);
  std::uint64_t size = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (failure != std::errc() || end != text.data() + text.size()) return {};
  return size;
}

class S3Reader : public Reader {
 public:
  S3Reader(std::shared_ptr<S3Context> context, const Key& key)
      : context_(std::move(context)),
        key_(key),
        object_(context_->service->object_name(key)),
        blocks_(context_->sizes.cached_blocks) {}

  /// Starts the stream, and learns the size.
  Result<void> open(const std::stop_token& stop);

  std::optional<std::uint64_t> size() const override { return size_; }
  bool seekable() const override { return true; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override;
  void cancel() noexcept override { stop_.request_stop(); }

 private:
  Error gone() const {
    return Error{Errc::not_found,
                 fmt::format("The blob \"{}\" was removed or replaced while it was read.", key_)};
  }
  std::string what() const { return fmt::format("Cannot read the blob \"{}\"", key_); }
  S3Request range_request(std::uint64_t from, std::optional<std::uint64_t> last) const;
  Error failed(const S3Failure& failure) const;
  Result<void> start_stream(std::uint64_t offset);
  Result<std::size_t> read_stream(std::uint64_t offset, std::span<std::byte> into);
  Result<void> skip_to(std::uint64_t offset);
  void end_stream();
  Result<std::size_t> read_block(std::uint64_t offset, std::span<std::byte> into);
  Result<const std::string*> fetch_block(std::uint64_t number);

  std::shared_ptr<S3Context> context_;
  Key key_;
  std::string object_;
  std::stop_source stop_;
  std::uint64_t size_ = 0;
  std::string etag_;
  std::unique_ptr<net::HttpExchange> stream_;
  std::uint64_t stream_offset_ = 0;  ///< of the next byte that the stream brings
  BlockCache blocks_;
  std::uint64_t next_block_ = 0;  ///< after the last one that was fetched
  int blocks_in_order_ = 0;
};

S3Request S3Reader::range_request(std::uint64_t from, std::optional<std::uint64_t> last) const {
  S3Request request;
  request.object = object_;
  request.headers.add("Range", fmt::format("bytes={}-{}", from, last ? std::to_string(*last) : ""));
  if (!etag_.empty()) request.headers.add("If-Match", etag_);
  return request;
}

Error S3Reader::failed(const S3Failure& failure) const {
  if (failure.status == 412 || is_missing_object(*context_->service, failure)) return gone();
  return context_->service->error(failure, what());
}

Result<void> S3Reader::open(const std::stop_token& stop) {
  // The stream outlives the caller's token.
  const std::stop_callback opening(stop, [this] { stop_.request_stop(); });
  S3Request request = range_request(0, {});
  request.read_ahead = context_->sizes.read_ahead;
  CONVERT_TRY_ASSIGN(auto stream, context_->service->open(request, stop_.get_token()));
  constexpr int kRangeNotSatisfiable = 416;
  if (stream.failure && stream.failure->status == kRangeNotSatisfiable) return {};  // it is empty
  if (stream.failure && is_missing_object(*context_->service, *stream.failure))
    return Error{Errc::not_found, fmt::format("There is no blob \"{}\" in this storage.", key_)};
  if (stream.failure) return context_->service->error(*stream.failure, what());
  const auto range = stream.head.headers.find("Content-Range");
  const auto size = range ? size_in_content_range(*range) : stream.head.content_length;
  if (!size) return Error{Errc::io, fmt::format("{}: the service does not tell its size.", what())};
  size_ = *size;
  etag_ = stream.head.headers.find("ETag").value_or("");
  if (size_ > 0) stream_ = std::move(stream.exchange);
  return {};
}

void S3Reader::end_stream() {
  // Reads the end of the response too, so that the connection can be used again.
  std::byte none{};
  static_cast<void>(stream_->read(std::span(&none, 1)));
  stream_.reset();
}

Result<std::size_t> S3Reader::read_at(std::uint64_t offset, std::span<std::byte> into) {
  if (stop_.stop_requested()) return Error{Errc::cancelled, "The read was cancelled."};
  if (offset >= size_ || into.empty()) return std::size_t{0};
  into = into.first(static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), size_ - offset)));
  if (stream_ && offset >= stream_offset_ && offset - stream_offset_ <= context_->sizes.max_skip)
    return read_stream(offset, into);
  return read_block(offset, into);
}

Result<void> S3Reader::start_stream(std::uint64_t offset) {
  stream_.reset();
  S3Request request = range_request(offset, {});
  request.read_ahead = context_->sizes.read_ahead;
  CONVERT_TRY_ASSIGN(auto stream, context_->service->open(request, stop_.get_token()));
  if (stream.failure) return failed(*stream.failure);
  const auto range = stream.head.headers.find("Content-Range");
  if (!range || size_in_content_range(*range) != size_) return gone();
  stream_ = std::move(stream.exchange);
  stream_offset_ = offset;
  return {};
}

Result<void> S3Reader::skip_to(std::uint64_t offset) {
  std::array<std::byte, 16384> skipped;
  while (stream_offset_ < offset) {
    const auto rest = std::min<std::uint64_t>(skipped.size(), offset - stream_offset_);
    CONVERT_TRY_ASSIGN(const std::size_t count,
                       stream_->read(std::span(skipped).first(static_cast<std::size_t>(rest))));
    if (count == 0) return Error{Errc::io, fmt::format("{}: it ends early.", what()), true};
    stream_offset_ += count;
  }
  return {};
}

Result<std::size_t> S3Reader::read_stream(std::uint64_t offset, std::span<std::byte> into) {
  net::RetryPolicy policy;
  policy.max_attempts = kMaxBrokenStreams;
  for (int attempt = 1;; ++attempt) {
    Result<std::size_t> count = std::size_t{0};
    const auto skipped = skip_to(offset);
    if (skipped) count = stream_->read(into);
    if (skipped && count && *count > 0) {
      stream_offset_ += *count;
      if (stream_offset_ == size_) end_stream();
      return count;
    }
    Error error = !skipped ? skipped.error()
                  : !count ? count.error()
                           : Error{Errc::io, fmt::format("{}: it ends early.", what()), true};
    const auto delay = net::retry_delay(policy, attempt, std::chrono::milliseconds(0), {});
    if (!error.retryable || !delay) return error;
    CONVERT_TRY(net::wait_for(*delay, stop_.get_token()));
    CONVERT_TRY(start_stream(offset));
  }
}

Result<std::size_t> S3Reader::read_block(std::uint64_t offset, std::span<std::byte> into) {
  const std::uint64_t number = offset / context_->sizes.block;
  const std::string* block = blocks_.find(number);
  if (block == nullptr) {
    blocks_in_order_ = number == next_block_ ? blocks_in_order_ + 1 : 0;
    if (blocks_in_order_ >= kBlocksBeforeStream) {
      blocks_in_order_ = 0;
      CONVERT_TRY(start_stream(offset));
      return read_stream(offset, into);
    }
    CONVERT_TRY_ASSIGN(block, fetch_block(number));
    next_block_ = number + 1;
  }
  const std::size_t start = static_cast<std::size_t>(offset % context_->sizes.block);
  const std::size_t count = std::min(into.size(), block->size() - start);
  std::memcpy(into.data(), block->data() + start, count);
  return count;
}

Result<const std::string*> S3Reader::fetch_block(std::uint64_t number) {
  const std::uint64_t from = number * context_->sizes.block;
  const std::uint64_t last = std::min(from + context_->sizes.block, size_) - 1;
  CONVERT_TRY_ASSIGN(auto response, context_->service->call(range_request(from, last), stop_.get_token()));
  if (response.failure) return failed(*response.failure);
  if (response.body.size() != last - from + 1) return gone();
  return blocks_.add(number, std::move(response.body));
}

}  // namespace

Result<std::unique_ptr<Reader>> s3_reader(std::shared_ptr<S3Context> context, const Key& key,
                                          const std::stop_token& stop) {
  auto reader = std::make_unique<S3Reader>(std::move(context), key);
  CONVERT_TRY(reader->open(stop));
  return reader;
}

}  // namespace convert::storage
