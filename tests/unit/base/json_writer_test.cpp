// SPDX-License-Identifier: MIT
#include "base/json_writer.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace convert::base {
namespace {

TEST(JsonWriter, WritesCommasBetweenValuesOnly) {
  JsonWriter json;
  json.begin_object().key("a").begin_array().integer(-1).unsigned_integer(2).end_array();
  json.key("b").begin_object().end_object().key("c").boolean(true).end_object();
  EXPECT_EQ(std::move(json).take(), R"({"a":[-1,2],"b":{},"c":true})");
}

TEST(JsonWriter, EscapesTextAndRepairsUtf8) {
  JsonWriter json;
  json.text("\"\\\n\x01\x7F\xC3\xA9\xFF");
  EXPECT_EQ(std::move(json).take(), "\"\\\"\\\\\\n\\u0001\\u007f\xC3\xA9\xEF\xBF\xBD\"");
}

TEST(JsonWriter, WritesTheShortestNumbers) {
  JsonWriter json;
  json.begin_array().number(62.5).number(-0.0).number(std::numeric_limits<double>::infinity());
  json.seconds(std::chrono::milliseconds(-1500)).end_array();
  EXPECT_EQ(std::move(json).take(), "[62.5,0,null,-1.5]");
}

}  // namespace
}  // namespace convert::base
