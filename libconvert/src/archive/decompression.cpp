// SPDX-License-Identifier: MIT
#include "archive/decompression.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>

#include "archive/libarchive_reader.hpp"
#include "base/try.hpp"

namespace convert::archive {
namespace {

constexpr int kGzipOnly = 16 + MAX_WBITS;

/// gzip by zlib: libarchive's reader neither verifies the checksum nor returns the bytes before a truncation.
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
  CONVERT_TRY_ASSIGN(auto got, packed_.read_at(packed_offset_, buffer_));
  source_ended_ = got == 0;
  packed_offset_ += got;
  stream_.next_in = reinterpret_cast<Bytef*>(buffer_.data());
  stream_.avail_in = static_cast<uInt>(got);
  return {};
}

/// Whether another member follows. Other trailing data (padding, mostly zeros) is ignored, as gzip does.
Result<bool> GzipReader::next_member() {
  CONVERT_TRY(fill());
  if (stream_.avail_in == 0 || *stream_.next_in != 0x1F) return false;
  inflateReset(&stream_);
  member_ = Member::inside;
  return true;
}

Result<void> GzipReader::inflate_some() {
  CONVERT_TRY(fill());
  if (source_ended_ && stream_.avail_in == 0) {
    return Error{Errc::truncated_input, "The gzip-compressed input ends early. Download or export it again."};
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
  // Returns the bytes before an error first: the next call fails with the same error.
  const auto got = [&] { return want - stream_.avail_out; };
  while (!done_ && got() == 0 && want > 0) {
    if (member_ == Member::between) {
      CONVERT_TRY_ASSIGN(auto another, next_member());
      if (!another) done_ = true;
      continue;
    }
    if (auto inflated = inflate_some(); !inflated && got() == 0) return inflated.error();
  }
  unpacked_ += got();
  CONVERT_TRY(context_.check_ratio(unpacked_));
  return got();
}

int compression_code(Compression compression) {
  switch (compression) {
    case Compression::bzip2:
      return ARCHIVE_FILTER_BZIP2;
    case Compression::xz:
      return ARCHIVE_FILTER_XZ;
    case Compression::zstd:
      return ARCHIVE_FILTER_ZSTD;
    case Compression::gzip:
      return ARCHIVE_FILTER_GZIP;
    case Compression::none:
      break;
  }
  return ARCHIVE_FILTER_NONE;
}

class DecompressingReader : public Reader {
 public:
  DecompressingReader(Compression compression, Reader& packed, ConversionContext& context)
      : compression_(compression), reader_(packed), blocks_(reader_), context_(context) {}

  std::optional<std::uint64_t> size() const override { return {}; }
  bool seekable() const override { return false; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override;

 private:
  Result<void> open();

  Compression compression_;
  LibarchiveReader reader_;
  EntryBlockReader blocks_;
  std::span<const std::byte> block_;
  ConversionContext& context_;
  std::uint64_t unpacked_ = 0;
  bool opened_ = false;
  bool empty_ = false;
};

constexpr std::string_view kCompressedInput = "The compressed input";

/// The size of a compressed empty file: the shortest valid size.
std::uint64_t min_compressed_size(Compression compression) {
  switch (compression) {
    case Compression::bzip2:
      return 14;
    case Compression::xz:
      return 32;
    case Compression::zstd:
      return 9;
    case Compression::gzip:
      return 20;
    case Compression::none:
      break;
  }
  return 0;
}

Result<void> DecompressingReader::open() {
  auto* const handle = reader_.handle();
  archive_read_support_format_raw(handle);
  archive_read_support_format_empty(handle);
  // Selects one filter explicitly: with detection, libarchive would remove up to 25 layers.
  if (archive_read_append_filter(handle, compression_code(compression_)) != ARCHIVE_OK ||
      reader_.open() != ARCHIVE_OK) {
    return libarchive_read_error(reader_, kCompressedInput);
  }
  // libarchive reports a failure in the first bytes as an empty file, but sets its error number.
  if (archive_errno(handle) != 0) return libarchive_read_error(reader_, kCompressedInput);
  ::archive_entry* entry = nullptr;
  const int status = archive_read_next_header(handle, &entry);
  if (status == ARCHIVE_EOF) {
    empty_ = true;
    if (reader_.delivered() < min_compressed_size(compression_))
      return Error{Errc::truncated_input, "The compressed input ends early. Download or export it again."};
  } else if (status != ARCHIVE_OK && status != ARCHIVE_WARN) {
    return libarchive_read_error(reader_, kCompressedInput);
  }
  opened_ = true;
  return {};
}

Result<std::size_t> DecompressingReader::read_at(std::uint64_t, std::span<std::byte> into) {
  if (!opened_) {
    CONVERT_TRY(open());
  }
  if (empty_) return std::size_t{0};
  if (block_.empty()) {
    CONVERT_TRY_ASSIGN(auto next, blocks_.next(kCompressedInput));
    block_ = next;
    unpacked_ += block_.size();
    CONVERT_TRY(context_.check_ratio(unpacked_));
  }
  const auto count = std::min(block_.size(), into.size());
  std::copy_n(block_.begin(), count, into.begin());
  block_ = block_.subspan(count);
  return count;
}

}  // namespace

Result<std::unique_ptr<Reader>> decompress(Compression compression, Reader& packed,
                                           ConversionContext& context) {
  if (compression == Compression::none) return Error{Errc::internal, "There is no compression to remove."};
  if (compression == Compression::gzip) {
    return std::unique_ptr<Reader>(std::make_unique<GzipReader>(packed, context));
  }
  return std::unique_ptr<Reader>(std::make_unique<DecompressingReader>(compression, packed, context));
}

std::span<const std::byte> PeekReader::peek(std::size_t want) {
  const auto have = head_.size();
  if (have < want) head_.resize(want);
  auto filled = have;
  while (filled < want && !failure_) {
    auto got = source_.read_at(filled, std::span(head_).subspan(filled));
    if (!got) {
      failure_ = got.error();
    } else if (*got == 0) {
      break;
    } else {
      filled += *got;
    }
  }
  head_.resize(filled);
  return head_;
}

Result<std::size_t> PeekReader::read_at(std::uint64_t offset, std::span<std::byte> into) {
  if (offset < head_.size()) {
    const auto rest = std::span(head_).subspan(static_cast<std::size_t>(offset));
    const auto count = std::min(rest.size(), into.size());
    std::copy_n(rest.begin(), count, into.begin());
    return count;
  }
  if (failure_) return *failure_;
  return source_.read_at(offset, into);
}

}  // namespace convert::archive
