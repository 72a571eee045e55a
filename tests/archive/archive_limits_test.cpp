// SPDX-License-Identifier: MIT
// Decompression bombs, limits, cancellation, inputs and outputs that cannot seek, and memory use.
#include <sys/resource.h>

#include <atomic>
#include <cstring>
#include <functional>

#include "archive/archive_support.hpp"

namespace convert::test {
namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

/// A generated input of `size` bytes: zeros, or a pattern that hardly compresses.
class EndlessReader : public Reader {
 public:
  EndlessReader(std::uint64_t size, bool zeros) : size_(size), zeros_(zeros), noise_(sample_noise(kMiB)) {}
  std::optional<std::uint64_t> size() const override { return {}; }
  bool seekable() const override { return false; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), size_ - offset));
    for (std::size_t i = 0; i < count;) {
      const auto from = static_cast<std::size_t>((offset + i) % noise_.size());
      const auto piece = std::min(count - i, noise_.size() - from);
      if (zeros_) {
        std::memset(into.data() + i, 0, piece);
      } else {
        std::memcpy(into.data() + i, noise_.data() + from, piece);
      }
      i += piece;
    }
    given_ += count;
    if (on_read) on_read(given_);
    return count;
  }
  std::uint64_t given() const { return given_; }
  std::function<void(std::uint64_t)> on_read;

 private:
  std::uint64_t size_;
  bool zeros_;
  std::string noise_;
  std::uint64_t given_ = 0;
};

/// Counts bytes and discards them.
class CountingWriter : public Writer {
 public:
  explicit CountingWriter(std::uint64_t& count) : count_(count) {}
  bool seekable() const override { return false; }
  Result<void> write_at(std::uint64_t offset, std::span<const std::byte> from) override {
    if (offset != count_) return Error{Errc::internal, "seek in a forward-only writer"};
    count_ += from.size();
    return {};
  }
  Result<void> commit() override { return {}; }

 private:
  std::uint64_t& count_;
};

Result<Report> convert_to_nothing(Reader& reader, const OutputSpec& spec, std::uint64_t& count,
                                  const ConvertOptions& options = {}) {
  const Library library;
  const auto outputs = single_output(std::make_unique<CountingWriter>(count));
  const Input input{&reader, "in.bin"};
  return library.convert(std::span(&input, 1), *outputs, spec, options);
}

/// Packs many zeros: a bomb.
std::string bomb(const std::string& format, std::uint64_t size = 100 * kMiB) {
  EndlessReader zeros(size, true);
  auto spec = to_format(format);
  if (format != "tar.xz" && format != "xz") spec.level = 9;
  const auto packed = convert_bytes(zeros, "zeros", spec);
  EXPECT_TRUE(packed.report) << packed.report.error().message;
  return packed.bytes;
}

TEST(Bombs, AreRejectedInEveryFormat) {
  for (const std::string format :
       {"zip", "7z", "tar.gz", "tar.bz2", "tar.xz", "tar.zst", "gz", "bz2", "xz", "zst"}) {
    const auto packed = bomb(format);
    std::uint64_t written = 0;
    const auto reader = memory_reader(bytes(packed));
    const auto report = convert_to_nothing(*reader, to_format("tar"), written);
    ASSERT_FALSE(report) << format;
    EXPECT_EQ(report.error().code, Errc::decompression_bomb) << format << ": " << report.error().message;
    EXPECT_LT(written, 100 * kMiB) << format;
    // The same with an input of unknown size.
    ForwardReader forward(packed, 65536);
    written = 0;
    const auto streamed = convert_to_nothing(forward, to_format("tar"), written);
    ASSERT_FALSE(streamed) << format;
    EXPECT_EQ(streamed.error().code, Errc::decompression_bomb) << format;
  }
}

TEST(Bombs, AreAllowedByAHigherLimit) {
  ConvertOptions options;
  options.limits.emplace().archive_ratio = 1e6;
  const auto packed = bomb("gz", 40 * kMiB);
  std::uint64_t written = 0;
  const auto reader = memory_reader(bytes(packed));
  const auto report = convert_to_nothing(*reader, to_format("raw"), written, options);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(written, 40 * kMiB);
}

TEST(Limits, RejectTooManyEntries) {
  SKIP_WITHOUT_PROGRAMS("tar", "zip");
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "tree");
  for (int i = 0; i < 30; ++i) write_file(folder / "tree" / std::to_string(i), "x");
  ConvertOptions options;
  options.limits.emplace().archive_entries = 20;
  for (const std::string format : {"tar.gz", "zip"}) {
    ASSERT_TRUE(pack(format, folder / "tree", folder / ("in." + format)));
    const auto archive = read_file(folder / ("in." + format));
    const auto converted = convert_text(archive, "in", to_format("tar"), options);
    ASSERT_FALSE(converted.report);
    EXPECT_EQ(converted.report.error().code, Errc::limit_exceeded);
    EXPECT_THAT(converted.report.error().message, testing::HasSubstr("limit of 20"));
    const Library library;
    const auto reader = memory_reader(bytes(archive));
    const auto info = library.probe(*reader, options);
    ASSERT_TRUE(info) << info.error().message;
    EXPECT_EQ(info->entries.size(), 20U);
    EXPECT_TRUE(warned(info->warnings, WarningCode::incomplete));
  }
}

TEST(Stopping, WorksDuringTheConversion) {
  for (const auto& format : {"zip", "7z", "tar.gz", "tar.bz2", "tar.xz", "tar.zst", "xz", "raw"}) {
    std::stop_source stop;
    EndlessReader endless(std::uint64_t{1} << 40, false);
    endless.on_read = [&](std::uint64_t given) {
      if (given > 4 * kMiB) stop.request_stop();
    };
    ConvertOptions options;
    options.stop = stop.get_token();
    std::uint64_t written = 0;
    const auto report = convert_to_nothing(endless, to_format(format), written, options);
    ASSERT_FALSE(report) << format;
    EXPECT_EQ(report.error().code, Errc::cancelled) << format;
    EXPECT_LT(endless.given(), 8 * kMiB) << format;
  }
}

TEST(Stopping, ReturnsErrorsOfReadersAndWritersUnchanged) {
  class BrokenWriter : public Writer {
   public:
    bool seekable() const override { return false; }
    Result<void> write_at(std::uint64_t, std::span<const std::byte>) override {
      return Error{Errc::conflict, "the shelf fell down", true};
    }
    Result<void> commit() override { return {}; }
  };
  const auto content = sample_text(300'000);
  for (const auto& format : kArchives) {
    const auto reader = memory_reader(bytes(content));
    const Library library;
    const auto outputs = single_output(std::make_unique<BrokenWriter>());
    const Input input{reader.get(), "a"};
    const auto report = library.convert(std::span(&input, 1), *outputs, to_format(format));
    ASSERT_FALSE(report) << format;
    EXPECT_EQ(report.error().message, "the shelf fell down") << format;

    auto packed = convert_text(sample_noise(300'000), "a", to_format(format)).bytes;
    ForwardReader broken(packed, 4096);
    broken.fail_at(150'000);
    const auto read = convert_bytes(broken, "in", to_format("tar"));
    ASSERT_FALSE(read.report) << format;
    EXPECT_EQ(read.report.error().message, "the line is dead") << format;
    EXPECT_TRUE(read.report.error().retryable) << format;
  }
}

TEST(Streams, EveryPairWorksWithoutSeeking) {
  SKIP_WITHOUT_PROGRAMS("zip", "7z", "tar", "gzip", "bzip2", "xz", "zstd", "unzip");
  const TemporaryFolder folder;
  make_tree(folder / "tree");
  const auto expected = read_tree(folder / "tree").at("a.txt").content;
  for (const auto& from : kArchives) {
    ASSERT_TRUE(pack(from, folder / "tree", folder / ("in." + from)));
    const auto archive = read_file(folder / ("in." + from));
    for (const auto& to : kArchives) {
      ForwardReader reader(archive, 10'007);
      std::string written;
      const Library library;
      const auto outputs = single_output(std::make_unique<ForwardWriter>(written));
      const Input input{&reader, "in." + from};
      const auto report = library.convert(std::span(&input, 1), *outputs, to_format(to));
      ASSERT_TRUE(report) << from << " to " << to << ": " << report.error().message;
      const auto entry = convert_text(written, "x", entry_of("a.txt"));
      ASSERT_TRUE(entry.report) << from << " to " << to << ": " << entry.report.error().message;
      EXPECT_EQ(entry.bytes, expected) << from << " to " << to;
      const auto link = convert_text(written, "x", entry_of("sub/link"));
      ASSERT_FALSE(link.report);
      EXPECT_THAT(link.report.error().message, testing::HasSubstr("noise.bin")) << from << " to " << to;
    }
  }
}

TEST(Streams, UnknownSizesFitEveryTarget) {
  SKIP_WITHOUT_PROGRAMS("7z", "unzip", "tar", "gzip", "bzip2", "xz", "zstd");
  const TemporaryFolder folder;
  const auto content = sample_text(2'000'000);
  for (const auto& to : kArchives) {
    ForwardReader reader(content, 50'000);
    const auto packed = convert_bytes(reader, "a.txt", to_format(to));
    ASSERT_TRUE(packed.report) << to << ": " << packed.report.error().message;
    write_file(folder / "x", packed.bytes);
    verify(to, folder / "x");
    EXPECT_EQ(convert_text(packed.bytes, "x", to_format("raw")).bytes, content) << to;
  }
}

TEST(Streams, PlanDeclaresWhatIsSpooled) {
  SKIP_WITHOUT_PROGRAMS("zip", "tar", "gzip");
  const TemporaryFolder folder;
  make_tree(folder / "tree");
  const Library library;
  const auto planned = [&](const std::string& from, const std::string& to) {
    EXPECT_TRUE(pack(from, folder / "tree", folder / ("in." + from)));
    ForwardReader reader(read_file(folder / ("in." + from)), 4096);
    const Input input{&reader, "in." + from};
    auto plan = library.plan(std::span(&input, 1), to_format(to));
    EXPECT_TRUE(plan) << plan.error().message;
    EXPECT_EQ(plan->consumed.at(0).size(), reader.given());
    return *plan;
  };
  EXPECT_TRUE(planned("zip", "tar.gz").spools_input);
  const auto streamed = planned("tar.gz", "zip");
  EXPECT_FALSE(streamed.spools_input);
  EXPECT_EQ(streamed.streams.at(0).source_codec, "tar.gz");
  EXPECT_EQ(streamed.streams.at(0).action, StreamAction::encode);
  const auto gz = convert_text("text", "a", to_format("gz")).bytes;
  ForwardReader reader(gz);
  const Input input{&reader, "a.gz"};
  EXPECT_TRUE(library.plan(std::span(&input, 1), to_format("tar"))->spools_input);
  ForwardReader again(gz);
  const Input other{&again, "a.gz"};
  EXPECT_FALSE(library.plan(std::span(&other, 1), to_format("zip"))->spools_input);
}

TEST(Streams, ProbeReadsLittleOfALargeStream) {
  EndlessReader endless(64 * kMiB, false);
  const auto packed = convert_bytes(endless, "a", to_format("tar.gz"));
  ASSERT_TRUE(packed.report);
  ForwardReader forward(packed.bytes, 65536);
  const Library library;
  const auto info = library.probe(forward);
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_EQ(info->format, "tar.gz");
  EXPECT_EQ(info->entries.size(), 1U);
  EXPECT_TRUE(warned(info->warnings, WarningCode::incomplete));
  EXPECT_LE(forward.given(), 2 * kMiB);
  EXPECT_EQ(text(info->consumed), packed.bytes.substr(0, forward.given()));
}

TEST(Memory, DoesNotGrowWithTheStream) {
  const auto peak = [] {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss / 1024;
  };
  const auto before = peak();
  for (const auto& format : {"zip", "gz", "raw"}) {
    EndlessReader endless(300 * kMiB, false);
    std::uint64_t written = 0;
    auto spec = to_format(format);
    if (std::string_view(format) != "raw") spec.level = 0;
    const auto report = convert_to_nothing(endless, spec, written);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_GE(written, 300 * kMiB);
  }
  EXPECT_LT(peak() - before, 32);
}

}  // namespace
}  // namespace convert::test
