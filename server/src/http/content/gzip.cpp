// SPDX-License-Identifier: MIT
#include "http/content/gzip.hpp"

#define ZLIB_CONST
#include <zlib.h>

#include <limits>

#include "http/message/field_values.hpp"

namespace convert::server::http {
namespace {

/// zlib's state, given back whatever happens.
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

  /// All at once; false: it did not fit.
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
    return Error{Errc::unavailable, "There is no memory to compress the answer.", true};
  std::string compressed;
  const std::size_t bound = deflate.bound(text.size());
  if (bound <= std::numeric_limits<uInt>::max()) compressed.resize(bound);
  if (!deflate.compress_all(text, compressed))
    return Error{Errc::limit_exceeded, "The text is too large for one piece."};
  return compressed;
}

}  // namespace convert::server::http
