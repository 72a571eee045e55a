// SPDX-License-Identifier: MIT
// On machines that grant a Sandbox less than it asks for (restricted_worker): what is missing and can be done
// without is done without, and what can't is told.
#include "sandbox/material.hpp"

namespace convert::test {
namespace {

std::shared_ptr<Sandbox> weak_sandbox() {
  SandboxOptions options;
  options.worker = WEAK_WORKER;
  return sandbox(options);
}

/// From a file into a file, whose descriptors the worker gets.
Result<Report> convert_files(const Execution& there, const std::filesystem::path& from,
                             const std::filesystem::path& into, const std::string& format) {
  const auto reader = open_file(from);
  if (!reader) return reader.error();
  const Input input{reader->get(), from.filename().string()};
  return there.convert(std::span(&input, 1), *file_output(into), to(format), {});
}

/// libarchive writes it by way of a temporary file.
bool spools(const Format& format) { return format.name == "7z"; }

TEST(WithoutLandlockAndNamespaces, EveryFormatThatDoesNotSpoolIsConverted) {
  const auto there = weak_sandbox();
  ASSERT_NE(there, nullptr);
  EXPECT_EQ(there->confinement(), "seccomp, resource limits");
  const TemporaryFolder folder;
  write_file(folder / "in.wav", wav(2));
  for (const Format& format : there->formats()) {
    if (!format.writable || spools(format)) continue;
    SCOPED_TRACE(std::string(format.name));
    const auto made = folder / "made";
    const auto report = convert_files(*there, folder / "in.wav", made, std::string(format.name));
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->outputs.at(0).size, std::filesystem::file_size(made));
    if (!format.readable) continue;
    const auto back = format.family == Family::archive ? "raw" : "wav";
    const auto again = convert_files(*there, made, folder / "back", back);
    EXPECT_TRUE(again) << again.error().message;
  }
}

TEST(WithoutLandlockAndNamespaces, ArchivesAreReadThatSeek) {
  const auto there = weak_sandbox();
  ASSERT_NE(there, nullptr);
  const TemporaryFolder folder;
  write_file(folder / "in.txt", std::string(100'000, 'x'));
  const auto library = in_process(std::make_shared<const Library>());
  ASSERT_TRUE(convert_files(*library, folder / "in.txt", folder / "made.7z", "7z"));
  const auto report = convert_files(*there, folder / "made.7z", folder / "made.zip", "zip");
  EXPECT_TRUE(report) << report.error().message;
}

TEST(WithoutLandlockAndNamespaces, WhatSpoolsIsRefusedAndTheWorkerLives) {
  const auto there = weak_sandbox();
  ASSERT_NE(there, nullptr);
  const TemporaryFolder folder;
  write_file(folder / "in.wav", wav(1));
  const auto report = convert_files(*there, folder / "in.wav", folder / "made.7z", "7z");
  ASSERT_FALSE(report);
  EXPECT_NE(report.error().code, Errc::forbidden) << report.error().message;
  EXPECT_NE(report.error().code, Errc::crashed) << report.error().message;
  EXPECT_FALSE(report.error().retryable) << report.error().message;
  EXPECT_NE(report.error().message.find("emporary file"), std::string::npos) << report.error().message;
}

void expect_that_it_does_not_start(const char* worker, const std::string& why) {
  SandboxOptions options;
  options.worker = worker;
  const auto there = Sandbox::start(options);
  ASSERT_FALSE(there);
  EXPECT_EQ(there.error().code, Errc::unsupported);
  for (const std::string& words : {why, std::string("run_unconfined")}) {
    EXPECT_NE(there.error().message.find(words), std::string::npos) << there.error().message;
  }
}

TEST(WithoutFilters, DoesNotStart) {
  expect_that_it_does_not_start(UNFILTERED_WORKER, "has no such filters");
}

/// What is found out in a trial is told in its words.
TEST(WithoutGivingUpRights, DoesNotStart) {
  expect_that_it_does_not_start(PRIVILEGED_WORKER, "Cannot drop capabilities");
}

TEST(WithoutFilters, RunsIfTheOperatorSaysSo) {
  SandboxOptions options;
  options.worker = UNFILTERED_WORKER;
  options.run_unconfined = true;
  const auto there = sandbox(options);
  ASSERT_NE(there, nullptr);
  EXPECT_EQ(there->confinement(), "");
  Source source(wav(1));
  StringOutputs outputs;
  const auto report = there->convert(std::span(&source.input, 1), outputs, to("mp3"), {});
  EXPECT_TRUE(report) << report.error().message;
}

/// It permits to do without, and does not ask for it.
TEST(WithoutFilters, WhoMayRunUnconfinedIsConfinedWhereThatCanBe) {
  SandboxOptions options;
  options.run_unconfined = true;
  const auto there = sandbox(options);
  ASSERT_NE(there, nullptr);
  EXPECT_TRUE(there->confinement().starts_with("seccomp, resource limits")) << there->confinement();
}

}  // namespace
}  // namespace convert::test
