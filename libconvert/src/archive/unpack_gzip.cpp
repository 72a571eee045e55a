// SPDX-License-Identifier: MIT
#include <zlib.h>

#include <algorithm>
#include <array>

#include "archive/decompression.hpp"

namespace convert::archive {
namespace {

constexpr int kGzipOnly = 16 + MAX_WBITS;

class GzipReader : public Reader {
 public:
  GzipReader(Reader& packed, ConversionContext& context) : packed_(packed), context_(context) {
    ready_ = inflateInit2(&stream_, kGzipOnly) == Z_OK;
  }
  ~GzipReader() override {
    if (ready_) inflateEnd(&stream_);
  }
  GzipReader(const GzipReader&) = delete;
  GzipReader& operator=(const GzipReader&) = delete;

  std::optional<std::uint64_t> size() const override { return {}; }
  bool seekable() const override { return false; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override;

 private:
  enum class Member { inside, between };

  Result<void> fill();
  Result<bool> next_member();
  Result<void> inflate_some();

  Reader& packed_;
  ConversionContext& context_;
  z_stream stream_{};
  bool ready_ = false;
  bool source_ended_ = false;
  bool done_ = false;
  Member member_ = Member::inside;
  std::uint64_t packed_offset_ = 0;
  std::uint64_t unpacked_ = 0;
  std::array<std::byte, std::size_t{128} << 10> buffer_;
};

Result<void> GzipReader::fill() {
  if (stream_.avail_in > 0 || source_ended_) return {};
  auto got = packed_.read_at(packed_offset_, buffer_);
  if (!got) return got.error();
  source_ended_ = *got == 0;
  packed_offset_ += *got;
  stream_.next_in = reinterpret_cast<Bytef*>(buffer_.data());
  stream_.avail_in = static_cast<uInt>(*got);
  return {};
}

/// After a member: whether another follows. What is no gzip (padding, mostly zeros) is left alone, as gzip
/// does.
Result<bool> GzipReader::next_member() {
  if (auto filled = fill(); !filled) return filled.error();
  if (stream_.avail_in == 0 || *stream_.next_in != 0x1F) return false;
  inflateReset(&stream_);
  member_ = Member::inside;
  return true;
}

Result<void> GzipReader::inflate_some() {
  if (auto filled = fill(); !filled) return filled;
  if (source_ended_ && stream_.avail_in == 0) {
    return Error{Errc::truncated_input, "The gzip-compressed input ends too early: get the whole file."};
  }
  const int status = inflate(&stream_, Z_NO_FLUSH);
  if (status == Z_STREAM_END) {
    member_ = Member::between;
  } else if (status == Z_MEM_ERROR) {
    return Error{Errc::unavailable, "There is not enough memory to decompress the input.", true};
  } else if (status != Z_OK && status != Z_BUF_ERROR) {
    const char* why = stream_.msg != nullptr ? stream_.msg : "it is damaged";
    return Error{Errc::corrupt_input, std::string("The gzip-compressed input cannot be decompressed: ") +
                                          why + ". Get an undamaged copy."};
  }
  return {};
}

Result<std::size_t> GzipReader::read_at(std::uint64_t, std::span<std::byte> into) {
  if (!ready_) return Error{Errc::unavailable, "There is not enough memory to decompress the input.", true};
  const auto want = std::min<std::size_t>(into.size(), std::size_t{1} << 30);
  stream_.next_out = reinterpret_cast<Bytef*>(into.data());
  stream_.avail_out = static_cast<uInt>(want);
  // An error waits until the bytes before it were handed out: the same call fails again then.
  const auto got = [&] { return want - stream_.avail_out; };
  while (!done_ && got() == 0 && want > 0) {
    if (member_ == Member::between) {
      auto another = next_member();
      if (!another) return another.error();
      if (!*another) done_ = true;
      continue;
    }
    if (auto inflated = inflate_some(); !inflated && got() == 0) return inflated.error();
  }
  unpacked_ += got();
  if (auto checked = context_.check_ratio(unpacked_); !checked) return checked.error();
  return got();
}

}  // namespace

std::unique_ptr<Reader> decompress_gzip(Reader& packed, ConversionContext& context) {
  return std::make_unique<GzipReader>(packed, context);
}

}  // namespace convert::archive
