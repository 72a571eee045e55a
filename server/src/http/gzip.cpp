// SPDX-License-Identifier: MIT
#include "http/gzip.hpp"

#define ZLIB_CONST
#include <zlib.h>

#include <limits>

#include "http/field_values.hpp"

namespace convert::server::http {
namespace {

/// zlib's state, given back whatever happens.
class Deflate {
 public:
  Deflate() noexcept {
    constexpr int gzip_header = 16;
    good_ = deflateInit2(&stream_, Z_BEST_SPEED, Z_DEFLATED, MAX_WBITS + gzip_header, 8,
                         Z_DEFAULT_STRATEGY) == Z_OK;
  }
  Deflate(const Deflate&) = delete;
  Deflate& operator=(const Deflate&) = delete;
  ~Deflate() {
    if (good_) deflateEnd(&stream_);
  }
  bool good() const noexcept { return good_; }

  /// All at once; false: it did not fit.
  bool run(std::string_view text, std::string& into) noexcept {
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
  bool good_ = false;
};

}  // namespace

bool wants_gzip(std::optional<std::string_view> accept_encoding) {
  const unsigned zipped = coding_quality(accept_encoding, "gzip");
  return zipped > 0 && zipped >= coding_quality(accept_encoding, "identity");
}

Result<std::string> gzip(std::string_view text) {
  Deflate deflate;
  if (!deflate.good()) return Error{Errc::unavailable, "There is no memory to compress the answer.", true};
  std::string zipped;
  const std::size_t bound = deflate.bound(text.size());
  if (bound <= std::numeric_limits<uInt>::max()) zipped.resize(bound);
  if (!deflate.run(text, zipped)) return Error{Errc::limit_exceeded, "The text is too large for one piece."};
  return zipped;
}

}  // namespace convert::server::http
