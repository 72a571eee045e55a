// SPDX-License-Identifier: MIT
#include "http/connection/response_writer.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <string_view>

namespace convert::server::http {
namespace {

TEST(ResponseHeadWriter, SkipsFieldsThatSplitTheHeader) {
  std::string out;
  ResponseHeadWriter head(out);
  head.status(404);
  head.field("A", "b");
  for (const std::string_view value : std::initializer_list<std::string_view>{
           "x\r\nB: c", "x\n", "x\r", std::string_view("x\0y", 3), "\x7f"}) {
    EXPECT_FALSE(ResponseHeadWriter::fits("A", value));
    head.field("Bad", value);
  }
  for (const std::string_view name : {"", "A B", "A:", "A\r\n", "\xc3\xa4"}) {
    EXPECT_FALSE(ResponseHeadWriter::fits(name, "x"));
    head.field(name, "x");
  }
  head.field("N", std::uint64_t{18'446'744'073'709'551'615U});
  head.field("Text", "tab\t and \xc3\xa4");
  head.end();
  EXPECT_EQ(out,
            "HTTP/1.1 404 Not Found\r\nA: b\r\nN: 18446744073709551615\r\nText: tab\t and \xc3\xa4\r\n\r\n");
}

}  // namespace
}  // namespace convert::server::http
