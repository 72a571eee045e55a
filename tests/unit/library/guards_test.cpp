// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>

#include <mutex>
#include <set>
#include <thread>

#include "support/forward_only.hpp"
#include "unit/library/fake_converters.hpp"

namespace convert {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// Outputs that record what became visible, and fail where the test requires it.
class RecordingOutputs : public Outputs {
 public:
  std::vector<std::string> committed;
  std::set<std::string> fail_create, fail_write, fail_commit;
  int alive = 0;

  Result<std::unique_ptr<Writer>> create(std::string_view name) override {
    if (fail_create.contains(std::string(name))) return Error{Errc::conflict, "no place"};
    return std::unique_ptr<Writer>(std::make_unique<RecordingWriter>(*this, std::string(name)));
  }

 private:
  class RecordingWriter : public Writer {
   public:
    RecordingWriter(RecordingOutputs& outputs, std::string name) : outputs_(outputs), name_(std::move(name)) {
      ++outputs_.alive;
    }
    ~RecordingWriter() override { --outputs_.alive; }
    RecordingWriter(const RecordingWriter&) = delete;
    RecordingWriter& operator=(const RecordingWriter&) = delete;
    bool seekable() const override { return false; }
    Result<void> write_at(std::uint64_t, std::span<const std::byte>) override {
      if (outputs_.fail_write.contains(name_)) return Error{Errc::unavailable, "the disk is away", true};
      return {};
    }
    Result<void> commit() override {
      if (outputs_.fail_commit.contains(name_)) return Error{Errc::io, "no commit"};
      outputs_.committed.push_back(name_);
      return {};
    }

   private:
    RecordingOutputs& outputs_;
    std::string name_;
  };
};

/// A conversion that makes the outputs "a" and "b", with a step of the test in between.
class Guards : public testing::Test {
 protected:
  TestLibrary bench;
  RecordingOutputs outputs;

  Result<Report> make_two(const std::function<Result<Report>()>& end, Limits limits = {}) {
    bench.text_converter->on_convert = [&](auto, Outputs& guarded, auto&, auto&) -> Result<Report> {
      for (const std::string_view name : {"a", "b"}) {
        if (auto done = write_output(guarded, name, "0123456789"); !done) return done.error();
      }
      return end();
    };
    const auto reader = memory_reader(bytes("TEXT"));
    const Input input{reader.get(), "in"};
    return bench.library(limits).convert(std::span(&input, 1), outputs, to("text"));
  }
  static Result<Report> succeed() { return Report{}; }
};

TEST_F(Guards, ShowOutputsOnceAllAreDone) {
  ASSERT_TRUE(make_two([&]() {
    EXPECT_THAT(outputs.committed, IsEmpty());
    return succeed();
  }));
  EXPECT_THAT(outputs.committed, ElementsAre("a", "b"));
  EXPECT_EQ(outputs.alive, 0);
}

TEST_F(Guards, ShowNothingAfterALateFailure) {
  const auto failed = make_two([]() -> Result<Report> { return Error{Errc::corrupt_input, "late"}; });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "late");
  EXPECT_THAT(outputs.committed, IsEmpty());
  EXPECT_EQ(outputs.alive, 0);
}

TEST_F(Guards, ReturnTheErrorOfACommit) {
  outputs.fail_commit = {"a"};
  const auto failed = make_two(succeed);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "no commit");
  EXPECT_THAT(outputs.committed, IsEmpty());
}

TEST_F(Guards, DetectAMissingCommit) {
  bench.text_converter->on_convert = [](auto, Outputs& guarded, auto&, auto&) -> Result<Report> {
    EXPECT_TRUE(write_output(guarded, "a", "x"));
    EXPECT_TRUE((*guarded.create("b"))->write_at(0, bytes("x")));
    return Report{};
  };
  const auto failed = bench.convert("TEXT");
  ASSERT_FALSE(failed);
  const auto reader = memory_reader(bytes("TEXT"));
  const Input input{reader.get(), "in"};
  const auto also = bench.library().convert(std::span(&input, 1), outputs, to("text"));
  ASSERT_FALSE(also);
  EXPECT_EQ(also.error().code, Errc::internal);
  EXPECT_THAT(outputs.committed, IsEmpty());
}

TEST_F(Guards, RejectWritesAfterCommit) {
  bench.text_converter->on_convert = [](auto, Outputs& guarded, auto&, auto&) -> Result<Report> {
    auto writer = guarded.create("a");
    EXPECT_TRUE((*writer)->commit());
    EXPECT_FALSE((*writer)->write_at(0, bytes("x")));
    EXPECT_FALSE((*writer)->commit());
    return Report{};
  };
  EXPECT_TRUE(bench.convert("TEXT"));
}

TEST_F(Guards, ReturnTheErrorsOfOutputsAndWriters) {
  outputs.fail_write = {"b"};
  auto failed = make_two(succeed);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Errc::unavailable);
  EXPECT_TRUE(failed.error().retryable);
  outputs.fail_create = {"b"};
  EXPECT_EQ(make_two(succeed).error().message, "no place");
  EXPECT_THAT(outputs.committed, IsEmpty());
}

TEST_F(Guards, ReturnTheErrorOfAReaderUnchanged) {
  for (const bool hides_it : {false, true}) {
    bench.text_converter->on_convert = [&](auto inputs, Outputs&, auto&, auto&) -> Result<Report> {
      EXPECT_FALSE(content(*inputs.front().reader));
      if (hides_it) return Report{};
      return Error{Errc::internal, "some number of a library below"};
    };
    ForwardReader reader("TEXT" + std::string(10'000, 'x'));
    reader.fail_at(5'000);
    const auto failed = bench.convert(bench.library(), reader);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().message, "the line is dead");
    EXPECT_TRUE(failed.error().retryable);
  }
  ForwardReader broken("TEXT");
  broken.fail_at(0);
  EXPECT_EQ(bench.library().probe(broken).error().message, "the line is dead");
}

TEST_F(Guards, LimitTheSumOfAllOutputs) {
  Limits limits;
  limits.output_bytes = 20;
  EXPECT_TRUE(make_two(succeed, limits));
  limits.output_bytes = 19;
  outputs.committed.clear();
  const auto failed = make_two(succeed, limits);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Errc::limit_exceeded);
  EXPECT_THAT(failed.error().message, HasSubstr("output is larger than the limit of"));
  EXPECT_THAT(outputs.committed, IsEmpty());
}

TEST_F(Guards, CountRewrittenBytesOnce) {
  Limits limits;
  limits.output_bytes = 10;
  bench.text_converter->on_convert = [](auto, Outputs& guarded, auto&, auto&) -> Result<Report> {
    auto writer = guarded.create("a");
    EXPECT_TRUE((*writer)->write_at(0, bytes("01234")));
    EXPECT_TRUE((*writer)->write_at(5, bytes("56789")));
    EXPECT_TRUE((*writer)->write_at(0, bytes("abcde")));
    EXPECT_TRUE((*writer)->commit());
    return Report{};
  };
  EXPECT_TRUE(bench.convert("TEXT", {}, {}, limits));
  bench.text_converter->on_convert = [](auto, Outputs& guarded, auto&, auto&) -> Result<Report> {
    auto writer = guarded.create("a");
    EXPECT_FALSE((*writer)->write_at(~std::uint64_t{0}, bytes("xx")));
    EXPECT_FALSE((*writer)->write_at(9, bytes("xx")));
    return Error{Errc::internal, "hidden"};
  };
  EXPECT_EQ(bench.convert("TEXT", {}, {}, limits).error().code, Errc::limit_exceeded);
}

TEST_F(Guards, CheckAKnownInputSizeBeforeReading) {
  Limits limits;
  limits.input_bytes = 99;
  ForwardReader known("TEXT" + std::string(96, 'x'));
  known.know_size();
  const auto refused = bench.library(limits).probe(known);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::limit_exceeded);
  EXPECT_THAT(refused.error().message, HasSubstr("input is larger than the limit of"));
  EXPECT_EQ(known.given(), 0U);

  ForwardReader unknown("TEXT" + std::string(96, 'x'));
  EXPECT_EQ(bench.convert(bench.library(limits), unknown).error().code, Errc::limit_exceeded);
  limits.input_bytes = 100;
  ForwardReader fits("TEXT" + std::string(96, 'x'));
  EXPECT_TRUE(bench.convert(bench.library(limits), fits));
}

TEST(Progress, RisesWithoutOverlapAndEndsAtOne) {
  TestLibrary bench;
  bench.text_converter->on_convert = [](auto inputs, Outputs& outputs, auto&,
                                        const ConvertOptions& options) -> Result<Report> {
    EXPECT_TRUE(content(*inputs.front().reader));
    EXPECT_TRUE(write_output(outputs, "a", "0123456789"));
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&options, t]() {
        for (int i = 0; i < 50'000; ++i) options.progress({.fraction = (i % 100) / 100.0 + t});
      });
    }
    for (auto& thread : threads) thread.join();
    options.progress({.fraction = std::numeric_limits<double>::quiet_NaN()});
    return Report{};
  };
  std::vector<convert::Progress> reports;
  std::atomic<int> inside = 0;
  ConvertOptions options;
  options.progress = [&](const convert::Progress& progress) {
    EXPECT_EQ(++inside, 1);
    EXPECT_GE(progress.fraction.value_or(0), reports.empty() ? 0 : reports.back().fraction.value_or(0));
    reports.push_back(progress);
    --inside;
  };
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_TRUE(bench.convert("TEXT!", {}, options));
  const auto tenths = (std::chrono::steady_clock::now() - begin) / std::chrono::milliseconds(100);
  ASSERT_GE(reports.size(), 2U);
  EXPECT_LE(reports.size(), static_cast<std::size_t>(tenths) + 2);
  EXPECT_EQ(reports.back().fraction, 1.0);
  EXPECT_EQ(reports.back().bytes_read, 5U);
  EXPECT_EQ(reports.back().bytes_written, 10U);
}

TEST(Progress, DoesNotFallWhenAConverterReportsLess) {
  TestLibrary bench;
  std::vector<std::optional<double>> reports;
  ConvertOptions options;
  options.progress = [&](const convert::Progress& progress) { reports.push_back(progress.fraction); };
  bench.text_converter->on_convert = [&](auto, Outputs& outputs, auto&,
                                         const ConvertOptions& given) -> Result<Report> {
    given.progress({.fraction = 0.75});
    while (reports.size() < 2) given.progress({.fraction = 0.25});
    while (reports.size() < 3) given.progress({});
    EXPECT_TRUE(write_output(outputs, "a", "x"));
    return Report{};
  };
  ASSERT_TRUE(bench.convert("TEXT", {}, options));
  EXPECT_THAT(reports, ElementsAre(0.75, 0.75, 0.75, 1.0));
}

TEST(Progress, DoesNotReachOneAfterAFailure) {
  TestLibrary bench;
  int reports = 0;
  ConvertOptions options;
  options.progress = [&](const convert::Progress&) { ++reports; };
  EXPECT_FALSE(bench.convert("?????", {}, options));
  EXPECT_EQ(reports, 0);
}

TEST(Warnings, AreReportedOnceAndInTheResult) {
  TestLibrary bench;
  bench.text_converter->on_convert = [](auto, Outputs& outputs, auto&,
                                        const ConvertOptions& options) -> Result<Report> {
    options.warning({WarningCode::damaged, "first"});
    options.warning({WarningCode::damaged, "first"});
    options.warning({WarningCode::truncated, "first"});
    EXPECT_TRUE(write_output(outputs, "a", "x"));
    Report report;
    report.warnings = {{WarningCode::damaged, "first"}, {WarningCode::padding, "only here"}};
    return report;
  };
  std::vector<std::string> reports;
  ConvertOptions options;
  options.warning = [&](const Warning& warning) { reports.push_back(warning.message); };
  const auto report = bench.convert("TEXT", {}, options);
  ASSERT_TRUE(report);
  EXPECT_THAT(reports, ElementsAre("first", "first", "only here"));
  ASSERT_THAT(report->warnings, SizeIs(3));
  EXPECT_EQ(report->warnings[1].code, WarningCode::truncated);
  EXPECT_TRUE(bench.convert("TEXT"));  // without callbacks
}

TEST(Warnings, AreLimitedInNumber) {
  TestLibrary bench;
  bench.text_converter->on_plan = [](auto, auto&, const ConvertOptions& options) -> Result<Plan> {
    for (int i = 0; i < 5000; ++i) options.warning({WarningCode::entry_skipped, std::to_string(i)});
    return Plan{};
  };
  const auto reader = memory_reader(bytes("TEXT"));
  const Input input{reader.get(), "in"};
  const auto plan = bench.library().plan(std::span(&input, 1), to("text"));
  ASSERT_TRUE(plan);
  EXPECT_THAT(plan->warnings, SizeIs(1001));
  EXPECT_EQ(plan->warnings.back().code, WarningCode::incomplete);
}

}  // namespace
}  // namespace convert
