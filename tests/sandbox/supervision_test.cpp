// SPDX-License-Identifier: MIT
#include "sandbox/sandbox_fixtures.hpp"
#include "support/shell_command.hpp"

namespace convert::test {
namespace {

TEST(LoadedLibraries, AHostOfASandboxLoadsNoDecoder) {
#ifndef LOADED_LIBRARIES
  GTEST_SKIP() << "The shared library of libconvert brings its own.";
#else
  TemporaryFolder folder;
  write_file(folder / "in.wav", wav(0.5));
  const auto ran = run(quoted(LOADED_LIBRARIES) + " " + quoted(CONVERT_WORKER) + " " +
                       quoted(folder / "in.wav") + " " + quoted(folder / "out.mp3"));
  EXPECT_EQ(ran.status, 0) << ran.output;
  EXPECT_GT(std::filesystem::file_size(folder / "out.mp3"), 1000U);
#endif
}

}  // namespace
}  // namespace convert::test
