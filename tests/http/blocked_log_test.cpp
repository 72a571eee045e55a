// SPDX-License-Identifier: MIT
// Some supervisors start convertd with its log in a pipe and never read it.
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "http/support/convertd_process.hpp"
#include "http/support/curl_client.hpp"
#include "support/test_files.hpp"

namespace convert::test {
namespace {

/// Reads all bytes that are in the pipe.
std::string drained(int pipe) {
  std::string all;
  std::string piece(65'536, '\0');
  for (ssize_t count = 0; (count = ::read(pipe, piece.data(), piece.size())) > 0;) {
    all.append(piece, 0, static_cast<std::size_t>(count));
  }
  return all;
}

TEST(UnreadLog, HoldsNothingUp) {
  const TemporaryFolder folder;
  const std::string pipe = folder / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const int reader = ::open(pipe.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
  ASSERT_GE(reader, 0);
  Daemon daemon(folder.path(), {}, {},
                {"/bin/sh", "-c", "exec \"$0\" \"$@\" 2>'" + pipe + "'", CONVERTD_PROGRAM});
  ASSERT_TRUE(daemon.ready()) << daemon.log();
  const std::string long_name(3'000, 'x');
  constexpr int kMoreThanItHolds = 40;
  for (int i = 0; i < kMoreThanItHolds; ++i) {
    ASSERT_EQ(curl({daemon.url("/" + long_name)}).status, 404) << i;
  }
  const auto first = drained(reader);
  EXPECT_NE(first.find(long_name), std::string::npos);
  EXPECT_EQ(first.find("log lines here, because"), std::string::npos);
  EXPECT_EQ(curl({daemon.url("/" + long_name)}).status, 404);
  EXPECT_EQ(daemon.terminate(), 0);
  EXPECT_NE(drained(reader).find(" log lines here, because the log was not read."), std::string::npos);
  ::close(reader);
}

}  // namespace
}  // namespace convert::test
