// SPDX-License-Identifier: MIT
// As root of a user namespace that has no other user: what a container without privileges starts.
#include "sandbox/support.hpp"
#include "support/shell_command.hpp"

namespace convert::test {
namespace {

CommandResult run_rootless(const std::string& command) {
  std::string line = "unshare --user --map-root-user ";
  line += command;
  return run(line);
}

/// These tests again, host and all, down there.
TEST(Rootless, NothingGetsOut) {
  SKIP_WITHOUT_PROGRAMS("unshare");
  if (run_rootless("true").status != 0) GTEST_SKIP() << "unshare --user is refused here";
  const auto self = std::filesystem::read_symlink("/proc/self/exe");
  const auto ran = run_rootless(quoted(self) +
                                " --gtest_filter='Calls/Escape.*:Files/Escape.*:Talk/*:NotSanitized/*' "
                                "--gtest_brief=1");
  EXPECT_EQ(ran.status, 0) << ran.output;
  EXPECT_THAT(ran.output, testing::HasSubstr("PASSED"));
}

}  // namespace
}  // namespace convert::test
