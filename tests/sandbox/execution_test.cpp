// SPDX-License-Identifier: MIT
// The contract of a Library holds in process and in a Sandbox.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

#include "sandbox/sandbox_fixtures.hpp"

namespace convert::test {
namespace {

enum class Where { in_process, in_sandbox };

class ExecutionTest : public ::testing::TestWithParam<Where> {
 protected:
  ExecutionTest()
      : execution(GetParam() == Where::in_sandbox
                      ? std::static_pointer_cast<Execution>(sandbox())
                      : convert::in_process_execution(std::make_shared<const Library>())) {}

  void SetUp() override { ASSERT_NE(execution, nullptr); }

  Result<Report> convert(const Input& input, Outputs& outputs, const std::string& format,
                         const ConvertOptions& options = {}) {
    return execution->convert(std::span(&input, 1), outputs, spec_for(format), options);
  }

  std::shared_ptr<Execution> execution;
  TemporaryFolder folder;
};

TEST_P(ExecutionTest, ListsTheFormatsOfTheLibrary) {
  const Library library;
  ASSERT_EQ(execution->formats().size(), library.formats().size());
  for (std::size_t i = 0; i < library.formats().size(); ++i) {
    const Format& here = library.formats()[i];
    const Format& format = execution->formats()[i];
    EXPECT_EQ(format.name, here.name);
    EXPECT_TRUE(std::equal(format.extensions.begin(), format.extensions.end(), here.extensions.begin(),
                           here.extensions.end()));
    EXPECT_TRUE(
        std::equal(format.codecs.begin(), format.codecs.end(), here.codecs.begin(), here.codecs.end()));
    EXPECT_EQ(format.writable, here.writable);
    EXPECT_EQ(format.forward_only, here.forward_only);
    EXPECT_EQ(format.capabilities.cover_art, here.capabilities.cover_art);
  }
}

TEST_P(ExecutionTest, ConvertsFiles) {
  write_file(folder / "in.wav", wav(1));
  const auto reader = open_file(folder / "in.wav");
  ASSERT_TRUE(reader);
  const auto outputs = file_output(folder / "out.mp3");
  const auto report = convert({reader->get(), "in.wav"}, *outputs, "mp3");
  ASSERT_TRUE(report) << report.error().message;
  ASSERT_EQ(report->outputs.size(), 1U);
  EXPECT_EQ(report->outputs[0].format, "mp3");
  EXPECT_EQ(report->outputs[0].size, std::filesystem::file_size(folder / "out.mp3"));
  EXPECT_EQ(folder.names(), (std::vector<std::string>{"in.wav", "out.mp3"}));

  const auto made = open_file(folder / "out.mp3");
  const auto info = execution->probe({made->get(), "out.mp3"}, {});
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_EQ(info->format, "mp3");
  EXPECT_EQ(info->streams.at(0).sample_rate, 44100);
}

TEST_P(ExecutionTest, ProducesTheSameOutputWithAnyReaderAndWriter) {
  const std::string content = wav(2);
  for (const char* format : {"wav", "flac", "mp3"}) {
    MemoryInput source(content);
    StringOutputs seekable;
    const auto report = convert(source.input, seekable, format);
    ASSERT_TRUE(report) << report.error().message;
    ASSERT_EQ(seekable.made.size(), 1U);
    const auto& [name, bytes] = *seekable.made.begin();
    EXPECT_EQ(report->outputs.at(0).name, name);
    EXPECT_EQ(report->outputs.at(0).size, bytes.size());

    write_file(folder / "in", content);
    const auto reader = open_file(folder / "in");
    const auto outputs = file_output(folder / "out");
    ASSERT_TRUE(convert({reader->get(), "in"}, *outputs, format));
    EXPECT_EQ(read_file(folder / "out"), bytes) << format;

    ForwardReader forward(content, 4000);
    StringOutputs also_seekable;
    ASSERT_TRUE(convert({&forward, "in"}, also_seekable, format));
    EXPECT_EQ(also_seekable.made.begin()->second.size(), bytes.size()) << format;
  }
}

TEST_P(ExecutionTest, ReadsAndWritesForwardOnlyStreams) {
  ForwardReader reader(wav(3), 10'000);
  StringOutputs outputs;
  outputs.forward_only = true;
  const auto report = convert({&reader, "in.wav"}, outputs, "mka");
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->outputs.at(0).size, outputs.made.begin()->second.size());
  MemoryInput made(outputs.made.begin()->second, "out.mka");
  const auto info = execution->probe(made.input, {});
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_EQ(info->format, "mka");
}

TEST_P(ExecutionTest, ReadsAndWritesPipes) {
  std::array<int, 2> in{};
  std::array<int, 2> out{};
  ASSERT_EQ(::pipe2(in.data(), O_CLOEXEC), 0);
  ASSERT_EQ(::pipe2(out.data(), O_CLOEXEC), 0);
  const std::string content = wav(5);
  std::jthread feeder([&] {
    for (std::size_t at = 0; at < content.size();) {
      const auto count = ::write(in[1], content.data() + at, content.size() - at);
      if (count <= 0) break;
      at += static_cast<std::size_t>(count);
    }
    ::close(in[1]);
  });
  std::string seen;
  std::jthread taker([&] {
    std::array<char, 4096> block{};
    for (ssize_t count = 0; (count = ::read(out[0], block.data(), block.size())) > 0;) {
      seen.append(block.data(), static_cast<std::size_t>(count));
    }
  });
  const auto reader = descriptor_reader(in[0]);
  const auto outputs = single_output(descriptor_writer(out[1]));
  const auto report = convert({reader.get(), "in.wav"}, *outputs, "mp3");
  ::close(out[1]);
  taker.join();
  ::close(in[0]);
  ::close(out[0]);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_GT(seen.size(), 10'000U);
  EXPECT_EQ(report->outputs.at(0).size, seen.size());
}

TEST_P(ExecutionTest, ReplacesTheContentOfAnExistingFile) {
  write_file(folder / "out", std::string(1'000'000, 'x'));
  const int file = ::open((folder / "out").c_str(), O_RDWR | O_CLOEXEC);
  MemoryInput source(wav(1));
  const auto outputs = single_output(descriptor_writer(file));
  const auto report = convert(source.input, *outputs, "mp3");
  ::close(file);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(std::filesystem::file_size(folder / "out"), report->outputs.at(0).size);
}

TEST_P(ExecutionTest, PacksSeveralInputsAndExtractsOne) {
  for (const char* format : {"zip", "7z", "tar.zst"}) {
    MemoryInput one("first", "one.txt");
    ForwardReader forward("second", 3);
    write_file(folder / "three", "third");
    const auto file = open_file(folder / "three");
    const std::array<Input, 3> inputs{one.input, Input{&forward, "folder/two.txt"},
                                      Input{file->get(), "three", 0640}};
    StringOutputs packed;
    const auto report = execution->convert(inputs, packed, spec_for(format), {});
    ASSERT_TRUE(report) << format << ": " << report.error().message;
    MemoryInput archive(packed.made.begin()->second, "packed");

    const auto info = execution->probe(archive.input, {});
    ASSERT_TRUE(info) << info.error().message;
    EXPECT_GE(info->entries.size(), 3U);
    const auto three = std::find_if(info->entries.begin(), info->entries.end(),
                                    [](const EntryInfo& entry) { return entry.name == "three"; });
    ASSERT_NE(three, info->entries.end());
    EXPECT_EQ(three->mode, 0640U) << format;

    StringOutputs unpacked;
    OutputSpec spec = spec_for("raw");
    spec.entry = "folder/two.txt";
    const auto taken = execution->convert(std::span(&archive.input, 1), unpacked, spec, {});
    ASSERT_TRUE(taken) << format << ": " << taken.error().message;
    EXPECT_EQ(unpacked.made.begin()->second, "second");
  }
}

TEST_P(ExecutionTest, ReturnsTheBytesThatAProbeConsumed) {
  const std::string content = wav(2);
  ForwardReader reader(content, 5000);
  const auto info = execution->probe({&reader, "in.wav"}, {});
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_EQ(info->format, "wav");
  EXPECT_GT(info->consumed.size(), 0U);
  EXPECT_EQ(info->consumed.size(), reader.given());
  EXPECT_EQ(text(info->consumed), content.substr(0, info->consumed.size()));

  const auto rest = prefixed_reader(info->consumed, reader);
  const auto plan = execution->plan(std::array{Input{rest.get(), "in.wav"}}, spec_for("mp3"), {});
  ASSERT_TRUE(plan) << plan.error().message;
  ASSERT_EQ(plan->consumed.size(), 1U);
  EXPECT_EQ(plan->streams.at(0).target_codec, "mp3");

  // The bytes that the plan consumed come first again.
  const auto again = prefixed_reader(plan->consumed[0], *rest);
  StringOutputs outputs;
  const auto report = convert({again.get(), "in.wav"}, outputs, "flac");
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->outputs.at(0).samples, 2 * 44100);
}

TEST_P(ExecutionTest, ReportsAndListsWarnings) {
  MemoryInput source(wav(1), "really.flac");
  std::vector<Warning> reported;
  ConvertOptions options;
  options.warning = [&](const Warning& warning) { reported.push_back(warning); };
  const auto info = execution->probe(source.input, options);
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_TRUE(warned(info->warnings, WarningCode::name_mismatch));
  EXPECT_TRUE(warned(reported, WarningCode::name_mismatch));
}

TEST_P(ExecutionTest, ReportsProgressThatNeverDecreases) {
  MemoryInput source(wav(90));
  std::vector<Progress> reported;
  ConvertOptions options;
  options.progress = [&](const Progress& progress) { reported.push_back(progress); };
  StringOutputs outputs;
  const auto report = convert(source.input, outputs, "mp3", options);
  ASSERT_TRUE(report) << report.error().message;
  ASSERT_FALSE(reported.empty());
  EXPECT_TRUE(std::is_sorted(reported.begin(), reported.end(), [](const Progress& a, const Progress& b) {
    return a.fraction.value_or(0) < b.fraction.value_or(0);
  }));
  EXPECT_EQ(reported.back().fraction, 1.0);
}

TEST_P(ExecutionTest, StopsDuringAConversionAndLeavesNoOutput) {
  MemoryInput source(wav(300));
  std::stop_source stop;
  ConvertOptions options;
  options.stop = stop.get_token();
  options.progress = [&](const Progress&) { stop.request_stop(); };
  const auto outputs = file_output(folder / "out.flac");
  const auto report = convert(source.input, *outputs, "flac", options);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::cancelled);
  EXPECT_TRUE(folder.names().empty());
}

TEST_P(ExecutionTest, FailsAtTheDeadline) {
  MemoryInput source(wav(300));
  ConvertOptions options;
  options.deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(200);
  StringOutputs outputs;
  const auto report = convert(source.input, outputs, "flac", options);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::deadline_exceeded);
  EXPECT_TRUE(outputs.made.empty());

  options.deadline = std::chrono::steady_clock::now();
  EXPECT_EQ(execution->probe(source.input, options).error().code, Errc::deadline_exceeded);
}

TEST_P(ExecutionTest, EnforcesLimits) {
  MemoryInput source(wav(2));
  ConvertOptions options;
  options.limits.emplace();
  options.limits->output_bytes = 100'000;
  for (const bool forward_only : {false, true}) {
    StringOutputs outputs;
    outputs.forward_only = forward_only;
    const auto report = convert(source.input, outputs, "wav", options);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, Errc::limit_exceeded);
    EXPECT_NE(report.error().message.find("output is larger than the limit of 100000 bytes"),
              std::string::npos)
        << report.error().message;
    EXPECT_TRUE(outputs.made.empty());
  }
  options.limits->input_bytes = 1000;
  EXPECT_EQ(execution->probe(source.input, options).error().code, Errc::limit_exceeded);
}

TEST_P(ExecutionTest, RejectsUnusableInputsAndSpecs) {
  StringOutputs outputs;
  MemoryInput garbage("This is neither audio nor an archive.");
  EXPECT_EQ(convert(garbage.input, outputs, "mp3").error().code, Errc::unrecognized_input);
  MemoryInput nothing("");
  EXPECT_EQ(convert(nothing.input, outputs, "mp3").error().code, Errc::empty_input);
  MemoryInput good(wav(1));
  EXPECT_EQ(convert(good.input, outputs, "wobble").error().code, Errc::unsupported);
  EXPECT_EQ(convert({nullptr, "none"}, outputs, "mp3").error().code, Errc::invalid_argument);
  EXPECT_EQ(execution->convert({}, outputs, spec_for("mp3"), {}).error().code, Errc::invalid_argument);
  OutputSpec spec = spec_for("mp3");
  spec.audio_quality = 99;
  EXPECT_EQ(execution->convert(std::span(&good.input, 1), outputs, spec, {}).error().code,
            Errc::invalid_argument);
  EXPECT_TRUE(outputs.made.empty());
}

/// Fails with its own error, or throws.
class BrokenReader : public Reader {
 public:
  BrokenReader(bool seekable, bool throws) : seekable_(seekable), throws_(throws) {}
  std::optional<std::uint64_t> size() const override { return 5'000'000; }
  bool seekable() const override { return seekable_; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    static const std::string content = wav(1);
    if (offset >= 50'000) {
      if (throws_) throw std::runtime_error("thrown by the Reader");
      return Error{Errc::conflict, "The Reader's own message.", true};
    }
    const auto count = std::min<std::size_t>(into.size(), 50'000 - offset);
    std::copy_n(bytes(content).begin() + static_cast<std::ptrdiff_t>(offset), count, into.begin());
    return count;
  }

 private:
  bool seekable_;
  bool throws_;
};

TEST_P(ExecutionTest, ReturnsErrorsOfReadersUnchanged) {
  for (const bool seekable : {false, true}) {
    BrokenReader reader(seekable, false);
    StringOutputs outputs;
    const auto report = convert({&reader, "in.wav"}, outputs, "wav");
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, Errc::conflict) << report.error().message;
    EXPECT_EQ(report.error().message, "The Reader's own message.");
    EXPECT_TRUE(report.error().retryable);
    EXPECT_TRUE(outputs.made.empty());

    BrokenReader thrower(seekable, true);
    const auto thrown = convert({&thrower, "in.wav"}, outputs, "wav");
    ASSERT_FALSE(thrown);
    EXPECT_EQ(thrown.error().code, Errc::internal);
    EXPECT_NE(thrown.error().message.find("thrown by the Reader"), std::string::npos);
  }
}

TEST_P(ExecutionTest, ReturnsErrorsOfWritersUnchanged) {
  const Error own{Errc::conflict, "The Writer's own message.", true};
  MemoryInput source(wav(2));
  for (const bool forward_only : {false, true}) {
    for (auto StringOutputs::*step :
         {&StringOutputs::create_fails, &StringOutputs::write_fails, &StringOutputs::commit_fails}) {
      StringOutputs outputs;
      outputs.forward_only = forward_only;
      outputs.*step = own;
      const auto report = convert(source.input, outputs, "wav");
      ASSERT_FALSE(report);
      EXPECT_EQ(report.error().message, own.message);
      EXPECT_EQ(report.error().code, own.code);
      EXPECT_TRUE(outputs.made.empty());
    }
  }
}

TEST_P(ExecutionTest, ServesConcurrentCalls) {
  const std::string content = wav(1);
  std::atomic<int> good = 0;
  std::vector<std::jthread> callers;
  for (int caller = 0; caller < 6; ++caller) {
    callers.emplace_back([&] {
      for (int i = 0; i < 4; ++i) {
        MemoryInput source(content);
        StringOutputs outputs;
        const auto report = convert(source.input, outputs, "mp3");
        EXPECT_TRUE(report) << report.error().message;
        good += report ? 1 : 0;
      }
    });
  }
  callers.clear();
  EXPECT_EQ(good, 24);
}

INSTANTIATE_TEST_SUITE_P(Everywhere, ExecutionTest, ::testing::Values(Where::in_process, Where::in_sandbox),
                         [](const auto& place) {
                           return place.param == Where::in_process ? "InProcess" : "InSandbox";
                         });

}  // namespace
}  // namespace convert::test
