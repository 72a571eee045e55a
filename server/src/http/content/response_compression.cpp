// SPDX-License-Identifier: MIT
#include "http/content/response_compression.hpp"

#define ZLIB_CONST
#include <zlib.h>
#include <algorithm>
#include <limits>
#include <utility>

#include "http/message/field_values.hpp"

namespace convert::server::http {
namespace {

/// Owns the state of zlib's deflate.
class Deflate {
 public:
  Deflate() noexcept {
    constexpr int gzip_header = 16;
    initialized_ = deflateInit2(&stream_, Z_BEST_SPEED, Z_DEFLATED, MAX_WBITS + gzip_header, 8,
                                Z_DEFAULT_STRATEGY) == Z_OK;
  }
  Deflate(const Deflate&) = delete;
  Deflate& operator=(const Deflate&) = delete;
  ~Deflate() {
    if (initialized_) deflateEnd(&stream_);
  }
  bool initialized() const noexcept { return initialized_; }

  /// Compresses everything in one call; false if the output is too small.
  bool compress_all(std::string_view text, std::string& into) noexcept {
    stream_.next_in = reinterpret_cast<const Bytef*>(text.data());
    stream_.avail_in = static_cast<uInt>(text.size());
    stream_.next_out = reinterpret_cast<Bytef*>(into.data());
    stream_.avail_out = static_cast<uInt>(into.size());
    if (deflate(&stream_, Z_FINISH) != Z_STREAM_END) return false;
    into.resize(stream_.total_out);
    return true;
  }
  std::size_t bound(std::size_t size) noexcept { return deflateBound(&stream_, size); }

 private:
  z_stream stream_{};
  bool initialized_ = false;
};

}  // namespace

bool prefers_gzip(std::optional<std::string_view> accept_encoding) {
  const unsigned compressed = coding_quality(accept_encoding, "gzip");
  return compressed > 0 && compressed >= coding_quality(accept_encoding, "identity");
}

Result<std::string> gzip(std::string_view text) {
  Deflate deflate;
  if (!deflate.initialized())
    return Error{Errc::unavailable, "Not enough memory to compress the response.", true};
  std::string compressed;
  const std::size_t bound = deflate.bound(text.size());
  if (bound <= std::numeric_limits<uInt>::max()) compressed.resize(bound);
  if (!deflate.compress_all(text, compressed))
    return Error{Errc::limit_exceeded, "The text is too large to compress."};
  return compressed;
}

namespace {

constexpr std::size_t kMinCompressedBytes = 1'024;
constexpr std::size_t kMinPooledBytes = std::size_t{64} << 10;

bool is_json(const Response& response) {
  const Field* type = find_field(response, "Content-Type");
  return type != nullptr &&
         (type->value.starts_with("application/json") || type->value.starts_with("application/problem+json"));
}

}  // namespace

bool may_be_compressed(const RequestView& request, const Response& response) {
  if (!is_json(response) || body_text(response).size() < kMinCompressedBytes) return false;
  if (!prefers_gzip(request.field("Accept-Encoding"))) return false;
  const Field* cache = find_field(response, "Cache-Control");
  return cache == nullptr || !list_contains(cache->value, "no-store");
}

void weaken_etag(Response& response) {
  for (Field& field : response.fields) {
    if (equals_ignore_case(field.name, "ETag") && !field.value.starts_with("W/")) field.value.insert(0, "W/");
  }
}

void add_vary_accept_encoding(Response& response) {
  const bool present = std::any_of(response.fields.begin(), response.fields.end(), [](const Field& field) {
    return equals_ignore_case(field.name, "Vary") && list_contains(field.value, "Accept-Encoding");
  });
  if (!present && is_json(response)) response.with("Vary", "Accept-Encoding");
}

Async<void> compress(const RequestView& request, Response& response, BlockingPool& pool) {
  add_vary_accept_encoding(response);
  if (!may_be_compressed(request, response)) co_return;
  const std::string_view text = body_text(response);
  Result<std::string> compressed = std::string();
  if (text.size() > kMinPooledBytes) {
    auto work = [text]() { return gzip(text); };
    auto waiting = pool.run(std::move(work));
    compressed = co_await std::move(waiting);
  } else {
    compressed = gzip(text);
  }
  if (!compressed || compressed->size() >= text.size()) co_return;  // not smaller
  response.body = std::move(*compressed);
  response.with("Content-Encoding", "gzip");
  weaken_etag(response);
}

}  // namespace convert::server::http
