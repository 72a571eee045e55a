// SPDX-License-Identifier: MIT
// A Sandbox on machines that restrict it (restricted_worker): optional layers of confinement are skipped, and
// a missing required layer is reported.
#include "sandbox/sandbox_fixtures.hpp"

namespace convert::test {
namespace {

std::shared_ptr<Sandbox> weak_sandbox() {
  SandboxOptions options;
  options.worker_program = WEAK_WORKER;
  return sandbox(options);
}

/// Converts a file to a file, so that the worker gets both descriptors.
Result<Report> convert_files(const Execution& execution, const std::filesystem::path& from,
                             const std::filesystem::path& into, const std::string& format) {
  const auto reader = open_file(from);
  if (!reader) return reader.error();
  const Input input{reader->get(), from.filename().string()};
  return execution.convert(std::span(&input, 1), *file_output(into), spec_for(format), {});
}

/// libarchive writes this format through a temporary file.
bool needs_temporary_file(const Format& format) { return format.name == "7z"; }

TEST(WithoutLandlockAndNamespaces, ConvertsFormatsThatNeedNoTemporaryFile) {
  const auto execution = weak_sandbox();
  ASSERT_NE(execution, nullptr);
  EXPECT_EQ(execution->confinement(), "seccomp, resource limits");
  const TemporaryFolder folder;
  write_file(folder / "in.wav", wav(2));
  for (const Format& format : execution->formats()) {
    if (!format.writable || needs_temporary_file(format)) continue;
    SCOPED_TRACE(std::string(format.name));
    const auto made = folder / "made";
    const auto report = convert_files(*execution, folder / "in.wav", made, std::string(format.name));
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->outputs.at(0).size, std::filesystem::file_size(made));
    if (!format.readable) continue;
    const auto back = format.family == Family::archive ? "raw" : "wav";
    const auto again = convert_files(*execution, made, folder / "back", back);
    EXPECT_TRUE(again) << again.error().message;
  }
}

TEST(WithoutLandlockAndNamespaces, ReadsArchivesThatNeedSeeking) {
  const auto execution = weak_sandbox();
  ASSERT_NE(execution, nullptr);
  const TemporaryFolder folder;
  write_file(folder / "in.txt", std::string(100'000, 'x'));
  const auto library = in_process_execution(std::make_shared<const Library>());
  ASSERT_TRUE(convert_files(*library, folder / "in.txt", folder / "made.7z", "7z"));
  const auto report = convert_files(*execution, folder / "made.7z", folder / "made.zip", "zip");
  EXPECT_TRUE(report) << report.error().message;
}

TEST(WithoutLandlockAndNamespaces, RejectsFormatsThatNeedATemporaryFile) {
  const auto execution = weak_sandbox();
  ASSERT_NE(execution, nullptr);
  const TemporaryFolder folder;
  write_file(folder / "in.wav", wav(1));
  const auto report = convert_files(*execution, folder / "in.wav", folder / "made.7z", "7z");
  ASSERT_FALSE(report);
  EXPECT_NE(report.error().code, Errc::forbidden) << report.error().message;
  EXPECT_NE(report.error().code, Errc::crashed) << report.error().message;
  EXPECT_FALSE(report.error().retryable) << report.error().message;
  EXPECT_NE(report.error().message.find("emporary file"), std::string::npos) << report.error().message;
}

void expect_that_it_does_not_start(const char* worker, const std::string& why) {
  SandboxOptions options;
  options.worker_program = worker;
  const auto execution = Sandbox::start(options);
  ASSERT_FALSE(execution);
  EXPECT_EQ(execution.error().code, Errc::unsupported);
  for (const std::string& words : {why, std::string("allow unconfined")}) {
    EXPECT_NE(execution.error().message.find(words), std::string::npos) << execution.error().message;
  }
}

TEST(WithoutFilters, DoesNotStart) {
  expect_that_it_does_not_start(UNFILTERED_WORKER, "has no such filters");
}

/// The trial process reports its error.
TEST(WithoutDroppingPrivileges, DoesNotStart) {
  expect_that_it_does_not_start(PRIVILEGED_WORKER, "Cannot drop capabilities");
}

TEST(WithoutFilters, RunsUnconfinedIfAllowed) {
  SandboxOptions options;
  options.worker_program = UNFILTERED_WORKER;
  options.allow_unconfined = true;
  const auto execution = sandbox(options);
  ASSERT_NE(execution, nullptr);
  EXPECT_EQ(execution->confinement(), "");
  MemoryInput source(wav(1));
  StringOutputs outputs;
  const auto report = execution->convert(std::span(&source.input, 1), outputs, spec_for("mp3"), {});
  EXPECT_TRUE(report) << report.error().message;
}

/// `allow_unconfined` permits to run unconfined; it does not request it.
TEST(WithoutFilters, ConfinesWorkersWherePossible) {
  SandboxOptions options;
  options.allow_unconfined = true;
  const auto execution = sandbox(options);
  ASSERT_NE(execution, nullptr);
  EXPECT_TRUE(execution->confinement().starts_with("seccomp, resource limits")) << execution->confinement();
}

}  // namespace
}  // namespace convert::test
