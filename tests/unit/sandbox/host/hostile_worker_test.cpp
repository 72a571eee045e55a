// SPDX-License-Identifier: MIT
// A compromised worker violates the protocol in many ways: its own call fails with the right code, and
// nothing else is affected.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <deque>
#include <filesystem>
#include <iterator>

#include <convert/io.hpp>
#include <convert/sandbox.hpp>

#include "support/test_files.hpp"

namespace convert::test {
namespace {

/// Records the names of outputs.
class CountingOutputs : public Outputs {
 public:
  explicit CountingOutputs(std::vector<std::byte>& bytes) : bytes_(bytes) {}
  Result<std::unique_ptr<Writer>> create(std::string_view name) override {
    names.emplace_back(name);
    return memory_writer(bytes_);
  }
  std::vector<std::string> names;

 private:
  std::vector<std::byte>& bytes_;
};

struct Case {
  const char* name;
  Errc code;
};

class HostileTest : public ::testing::TestWithParam<Case> {
 protected:
  static std::shared_ptr<Sandbox> start() {
    SandboxOptions options;
    options.worker_program = HOSTILE_WORKER;
    options.limits.stall_timeout = std::chrono::seconds(2);  // longer than a busy machine stalls
    options.limits.result_bytes = 2'000'000;
    auto started = Sandbox::start(options);
    EXPECT_TRUE(started) << started.error().message;
    return started ? *started : nullptr;
  }

  Result<Report> convert(const std::string& misbehaviour, Outputs& outputs,
                         std::uint64_t output_bytes = 10'000'000) {
    const auto reader = memory_reader(bytes("the input"));
    const Input input{reader.get(), misbehaviour};
    ConvertOptions options;
    options.limits.emplace();
    options.limits->output_bytes = output_bytes;
    const auto patience = std::chrono::seconds(misbehaviour == "endless progress" ? 2 : 60);
    options.deadline = std::chrono::steady_clock::now() + patience;
    options.progress = [](const Progress&) {};
    return sandbox->convert(std::span(&input, 1), outputs, {}, options);
  }

  void expect_that_it_works() {
    std::vector<std::byte> made;
    const auto outputs = single_output(memory_writer(made));
    const auto report = convert("nothing wrong", *outputs);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(text(made), "abc");
  }

  const std::shared_ptr<Sandbox> sandbox = start();
};

TEST_P(HostileTest, FailsOnlyItsOwnCall) {
  std::vector<std::byte> made;
  CountingOutputs outputs(made);
  const auto report = convert(GetParam().name, outputs);
  ASSERT_FALSE(report);
  EXPECT_EQ(to_string(report.error().code), to_string(GetParam().code)) << report.error().message;
  EXPECT_GT(report.error().message.size(), 20U);
  EXPECT_TRUE(made.empty());
  for (const auto& name : outputs.names) EXPECT_EQ(name, "out");
  expect_that_it_works();
}

INSTANTIATE_TEST_SUITE_P(
    Tricks, HostileTest,
    ::testing::Values(
        Case{"a message of the zygote", Errc::forbidden}, Case{"a packet without a header", Errc::forbidden},
        Case{"a count beyond the message", Errc::forbidden},
        Case{"a message that is too long", Errc::limit_exceeded}, Case{"descriptors", Errc::forbidden},
        Case{"a name that leaves the folder", Errc::forbidden}, Case{"an absolute name", Errc::forbidden},
        Case{"no name", Errc::forbidden}, Case{"a name with a zero byte", Errc::forbidden},
        Case{"a commit of an unknown output", Errc::forbidden},
        Case{"a write to an unknown output", Errc::forbidden}, Case{"a second commit", Errc::forbidden},
        Case{"a write after the commit", Errc::forbidden},
        Case{"a descriptor request for an unknown output", Errc::forbidden},
        Case{"a descriptor request after the commit", Errc::forbidden},
        Case{"a descriptor request after a write", Errc::forbidden},
        Case{"a write at the highest offset", Errc::limit_exceeded},
        Case{"a read of an unknown input", Errc::forbidden},
        Case{"a read of too many bytes", Errc::forbidden}, Case{"no report", Errc::forbidden},
        Case{"a report of another output", Errc::forbidden}, Case{"a report of two outputs", Errc::forbidden},
        Case{"no commit", Errc::forbidden}, Case{"an unknown format", Errc::forbidden},
        Case{"too many outputs at once", Errc::limit_exceeded},
        Case{"too many outputs", Errc::limit_exceeded}, Case{"a result of another call", Errc::forbidden},
        Case{"a stream of an unknown input", Errc::forbidden},
        Case{"an error code of the host", Errc::internal}, Case{"no result", Errc::stalled},
        Case{"endless progress", Errc::deadline_exceeded},
        Case{"requests without reading replies", Errc::stalled},
        Case{"an exit without a result", Errc::crashed}, Case{"out of memory", Errc::limit_exceeded},
        Case{"a system call", Errc::forbidden}, Case{"too much processor time", Errc::limit_exceeded},
        Case{"an abort", Errc::crashed}, Case{"an endless output", Errc::limit_exceeded}),
    [](const auto& misbehaviour) {
      std::string name = misbehaviour.param.name;
      std::replace(name.begin(), name.end(), ' ', '_');
      return name;
    });

TEST_F(HostileTest, MeasuresTheSizesOfOutputs) {
  TemporaryFolder folder;
  const auto outputs = file_output(folder / "out");
  const auto report = convert("a wrong size", *outputs);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->outputs.at(0).size, 3U);
  EXPECT_EQ(read_file(folder / "out"), "abc");
}

TEST_F(HostileTest, TakesTheMimeTypeFromTheTableOfFormats) {
  std::vector<std::byte> made;
  const auto outputs = single_output(memory_writer(made));
  const auto report = convert("nothing wrong", *outputs);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->outputs.at(0).format, "raw");
  EXPECT_EQ(report->outputs.at(0).mime_type, "application/x-raw");
}

TEST_F(HostileTest, PublishedOutputsDoNotChange) {
  TemporaryFolder folder;
  const auto outputs = file_output(folder / "out");
  const auto report = convert("writing after the report", *outputs);
  ASSERT_TRUE(report) << report.error().message;
  // The content may differ, but it must not change any more.
  write_file(folder / "out", "abc");
  for (int i = 0; i < 2000; ++i) ASSERT_EQ(read_file(folder / "out"), "abc");
}

TEST_F(HostileTest, RejectsMessagesForAnOutputWithADescriptor) {
  TemporaryFolder folder;
  const auto outputs = file_output(folder / "out");
  const auto report = convert("a write beside the descriptor", *outputs);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::forbidden) << report.error().message;
  EXPECT_TRUE(folder.names().empty());
}

TEST_F(HostileTest, MeasuresFilesWhileTheyGrow) {
  TemporaryFolder folder;
  const auto outputs = file_output(folder / "out");
  const auto report = convert("an endless output", *outputs);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::limit_exceeded) << report.error().message;
  EXPECT_TRUE(folder.names().empty());
}

/// A forward-only Writer.
class ForwardWriter : public Writer {
 public:
  explicit ForwardWriter(std::unique_ptr<Writer> writer) : writer_(std::move(writer)) {}
  bool seekable() const override { return false; }
  Result<void> write_at(std::uint64_t offset, std::span<const std::byte> from) override {
    return writer_->write_at(offset, from);
  }
  Result<void> commit() override { return writer_->commit(); }

 private:
  std::unique_ptr<Writer> writer_;
};

TEST_F(HostileTest, OutputEndsWithItsWorker) {
  std::vector<std::byte> made;
  const auto outputs = single_output(std::make_unique<ForwardWriter>(memory_writer(made)));
  const auto report = convert("a pipe that stays open", *outputs);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(text(made), "abc");
}

TEST_F(HostileTest, BytesInAPipeAfterTheCommitDoNotDelayTheCall) {
  std::vector<std::byte> made;
  const auto outputs = single_output(std::make_unique<ForwardWriter>(memory_writer(made)));
  const auto report = convert("writing to the pipe after the commit", *outputs);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(text(made).substr(0, 3), "abc");
  EXPECT_EQ(report->outputs.at(0).size, made.size());
}

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

/// Counts the descriptors of this process whenever an output is created.
class CountedOutputs : public Outputs {
 public:
  explicit CountedOutputs(const TemporaryFolder* folder) : folder_(folder) {}

  Result<std::unique_ptr<Writer>> create(std::string_view) override {
    counts.push_back(open_descriptors());
    if (folder_ != nullptr) return create_file(*folder_ / std::to_string(counts.size()));
    return std::unique_ptr<Writer>(std::make_unique<ForwardWriter>(memory_writer(made.emplace_back())));
  }

  std::vector<std::size_t> counts;
  std::deque<std::vector<std::byte>> made;

 private:
  const TemporaryFolder* folder_;
};

TEST_F(HostileTest, ClosesPipesAtTheCommit) {
  CountedOutputs outputs(nullptr);
  const auto report = convert("many outputs", outputs);
  ASSERT_TRUE(report) << report.error().message;
  ASSERT_EQ(outputs.counts.size(), 100U);
  EXPECT_LE(outputs.counts.back(), outputs.counts.front() + 10);
  for (const auto& bytes : outputs.made) EXPECT_EQ(text(bytes), "abc");
}

TEST_F(HostileTest, KeepsNoDescriptorsBesideTheWriters) {
  TemporaryFolder folder;
  CountedOutputs outputs(&folder);
  const auto report = convert("many outputs", outputs);
  ASSERT_TRUE(report) << report.error().message;
  ASSERT_EQ(outputs.counts.size(), 100U);
  EXPECT_LE(outputs.counts.back(), outputs.counts.front() + 100 + 10);
  EXPECT_EQ(folder.names().size(), 100U);
  EXPECT_EQ(read_file(folder / "100"), "abc");
}

TEST_F(HostileTest, SendsChangesOfTheThreadBudget) {
  const auto reader = memory_reader(bytes("the input"));
  const Input input{reader.get(), "thread budgets"};
  std::atomic<unsigned> budget = 2;
  ConvertOptions options;
  options.thread_budget = [&] { return budget.load(); };
  options.progress = [&](const Progress&) { budget = 5; };
  options.deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  std::vector<std::byte> made;
  const auto outputs = single_output(memory_writer(made));
  const auto report = sandbox->convert(std::span(&input, 1), *outputs, {}, options);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(text(made), "25");
}

}  // namespace
}  // namespace convert::test
