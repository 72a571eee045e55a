// SPDX-License-Identifier: MIT
#include "http/content/response_compression.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "support/shell_command.hpp"
#include "support/test_files.hpp"

namespace convert::server::http {
namespace {

TEST(Gzip, IsChosenByAcceptEncoding) {
  EXPECT_TRUE(prefers_gzip("gzip, deflate, br"));
  EXPECT_TRUE(prefers_gzip("gzip;q=0.1"));
  EXPECT_TRUE(prefers_gzip("*"));
  EXPECT_TRUE(prefers_gzip("identity, gzip"));
  EXPECT_FALSE(prefers_gzip({}));
  EXPECT_FALSE(prefers_gzip(""));
  EXPECT_FALSE(prefers_gzip("identity"));
  EXPECT_FALSE(prefers_gzip("gzip;q=0"));
  EXPECT_FALSE(prefers_gzip("identity, gzip;q=0.5"));
}

TEST(Gzip, IsReadByTheGzipProgram) {
  SKIP_WITHOUT_PROGRAMS("gzip");
  const test::TemporaryFolder folder;
  std::string text = "[";
  for (int i = 0; i < 10'000; ++i) text += "{\"id\":" + std::to_string(i * 7919) + "},";
  for (const std::string& plain : {std::string(), std::string("x"), text}) {
    const auto compressed = gzip(plain);
    ASSERT_TRUE(compressed);
    std::ofstream(folder / "a.gz", std::ios::binary) << *compressed;
    const auto ran = test::run("gzip -dc " + test::quoted(folder / "a.gz"));
    EXPECT_EQ(ran.status, 0);
    EXPECT_TRUE(ran.output == plain);
  }
  EXPECT_LT(gzip(text)->size(), text.size() / 3);
}

}  // namespace
}  // namespace convert::server::http
