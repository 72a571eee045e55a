// SPDX-License-Identifier: MIT
// Cancellation in the middle, progress, and equal results with any number of threads.
#include <atomic>
#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "media/media_support.hpp"
#include "support/forward_only.hpp"

namespace convert::test {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

struct Job {
  std::string name;
  std::string to;
  std::vector<std::string> words;
};
std::ostream& operator<<(std::ostream& out, const Job& job) { return out << job.name; }

/// Wraps a Reader: calls `what` once `bytes` bytes were read, and counts the bytes after that.
class Tripwire : public Reader {
 public:
  Tripwire(Reader& inner, std::uint64_t bytes, std::function<void()> what)
      : inner_(inner), left_(bytes), what_(std::move(what)) {}
  std::optional<std::uint64_t> size() const override { return inner_.size(); }
  bool seekable() const override { return inner_.seekable(); }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    auto got = inner_.read_at(offset, into);
    const auto count = got ? *got : 0;
    if (left_ == 0) after_ += count;
    if (left_ > 0 && count >= left_) what_();
    left_ -= std::min<std::uint64_t>(left_, count);
    return got;
  }
  std::uint64_t read_after() const { return after_; }

 private:
  Reader& inner_;
  std::uint64_t left_;
  std::uint64_t after_ = 0;
  std::function<void()> what_;
};

class Cancel : public testing::TestWithParam<Job> {};

TEST_P(Cancel, FromTheReaderEndsTheConversionWithoutOutput) {
  NEED_SAMPLE(music, "long.wav");
  for (const unsigned threads : {1U, 2U}) {
    const TemporaryFolder folder;
    auto file = open_file(music);
    ASSERT_TRUE(file);
    std::stop_source stop;
    Tripwire reader(**file, fs::file_size(music) / 3, [&] { stop.request_stop(); });
    ConvertOptions options;
    options.stop = stop.get_token();
    options.threads = threads;
    const Input input{&reader, "long.wav"};
    const auto outputs = file_output(folder / ("out." + GetParam().to));
    auto words = GetParam().words;
    words.push_back("format=" + GetParam().to);
    const auto report = Library().convert(std::span(&input, 1), *outputs, spec_of(words), options);
    ASSERT_FALSE(report);
    expect_error(report.error(), Errc::cancelled);
    EXPECT_LT(reader.read_after(),
              1U << 20);  // bytes: the conversion stops at once, however slow the machine is
    EXPECT_TRUE(folder.names().empty());
  }
}

INSTANTIATE_TEST_SUITE_P(Jobs, Cancel,
                         testing::Values(Job{"encode", "mp3", {}}, Job{"copy", "wav", {}},
                                         Job{"m4a", "m4a", {}}, Job{"loudness", "flac", {"loudness=-20"}},
                                         Job{"spooled", "aiff", {"sample_format=s24"}}),
                         [](const auto& job) { return job.param.name; });

TEST(CancelFromProgress, EndsTheConversion) {
  NEED_SAMPLE(music, "long.wav");
  const TemporaryFolder folder;
  std::stop_source stop;
  ConvertOptions options;
  options.stop = stop.get_token();
  std::atomic<int> reported = 0;
  options.progress = [&](const Progress& progress) {
    ++reported;
    if (progress.position > std::chrono::seconds(1)) stop.request_stop();
  };
  const auto report = convert(music, folder / "out.ogg", {}, options);
  ASSERT_FALSE(report);
  expect_error(report.error(), Errc::cancelled);
  EXPECT_GT(reported, 0);
  EXPECT_TRUE(folder.names().empty());
}

TEST(CancelBeforehand, ReadsNoInput) {
  ForwardReader reader("whatever");
  std::stop_source stop;
  stop.request_stop();
  ConvertOptions options;
  options.stop = stop.get_token();
  const TemporaryFolder folder;
  const auto outputs = file_output(folder / "out.mp3");
  const Input input{&reader, "in"};
  const auto report = Library().convert(std::span(&input, 1), *outputs, spec_of({"format=mp3"}), options);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::cancelled);
  EXPECT_EQ(reader.given(), 0U);
}

TEST(Progress, RisesToTheEnd) {
  NEED_SAMPLE(music, "long.wav");
  const TemporaryFolder folder;
  std::vector<Progress> all;
  ConvertOptions options;
  options.progress = [&](const Progress& progress) { all.push_back(progress); };
  converted(music, folder / "out.mp3", {}, options);
  ASSERT_GE(all.size(), 2U);
  for (std::size_t i = 1; i < all.size(); ++i) {
    EXPECT_GE(all[i].fraction.value_or(0), all[i - 1].fraction.value_or(0));
    EXPECT_GE(all[i].bytes_read, all[i - 1].bytes_read);
    EXPECT_GE(all[i].bytes_written, all[i - 1].bytes_written);
  }
  EXPECT_EQ(all.back().fraction.value_or(0), 1);
}

class Threads : public testing::TestWithParam<Job> {};

TEST_P(Threads, MakeNoDifference) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg");
  NEED_SAMPLE(music, "music.wav");
  const TemporaryFolder folder;
  // From MP3, so that the second thread has something to decode.
  converted(music, folder / "in.mp3");
  const auto& [name, to, words] = GetParam();
  std::vector<fs::path> results;
  for (const unsigned threads : {1U, 2U, 2U}) {
    ConvertOptions options;
    options.threads = threads;
    results.push_back(folder / fmt::format("{}.{}", results.size(), to));
    converted(folder / "in.mp3", results.back(), words, options);
  }
  // Ogg and Matroska have a random number in every file.
  if (to == "ogg" || to == "opus" || to == "mka") {
    const auto first = decode(results[0]);
    EXPECT_TRUE(decode(results[1]).samples == first.samples);
    EXPECT_TRUE(decode(results[2]).samples == first.samples);
    EXPECT_EQ(fs::file_size(results[0]), fs::file_size(results[1]));
  } else {
    EXPECT_TRUE(read_file(results[0]) == read_file(results[1])) << "one thread or two";
    EXPECT_TRUE(read_file(results[1]) == read_file(results[2])) << "the same again";
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, Threads,
                         testing::Values(Job{"mp3", "mp3", {"bitrate=128k"}}, Job{"aac", "aac", {}},
                                         Job{"m4a", "m4a", {}}, Job{"ogg", "ogg", {}},
                                         Job{"opus", "opus", {}}, Job{"flac", "flac", {}},
                                         Job{"wav", "wav", {}}, Job{"aiff", "aiff", {}},
                                         Job{"wma", "wma", {}}, Job{"ac3", "ac3", {}},
                                         Job{"mka", "mka", {"codec=flac"}},
                                         Job{"loudness", "flac", {"loudness=-16"}},
                                         Job{"resampled", "wav", {"sample_rate=22050", "channels=1"}}),
                         [](const auto& job) { return job.param.name; });

TEST(OneLibrary, ServesSeveralThreadsAtOnce) {
  NEED_SAMPLE(music, "short.wav");
  const TemporaryFolder folder;
  const std::vector<std::string> files = {"a.mp3", "b.m4a", "c.flac", "d.aac", "e.wma", "f.aiff"};
  const Library library;
  const auto convert_all = [&](const std::string& prefix, bool side_by_side) {
    std::vector<std::jthread> threads;
    for (const auto& file : files) {
      const auto one = [&, file] {
        const auto report = library.convert_file(music, folder / (prefix + file));
        EXPECT_TRUE(report) << report.error().message;
      };
      if (side_by_side) {
        threads.emplace_back(one);
      } else {
        one();
      }
    }
  };
  convert_all("one_", false);
  convert_all("all_", true);
  for (const auto& file : files) {
    EXPECT_TRUE(read_file(folder / ("one_" + file)) == read_file(folder / ("all_" + file))) << file;
  }
}

}  // namespace
}  // namespace convert::test
