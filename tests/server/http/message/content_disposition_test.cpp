// SPDX-License-Identifier: MIT
#include "http/message/content_disposition.hpp"

#include <gtest/gtest.h>

namespace convert::server::http {
namespace {

std::string name_in(const std::string& value) {
  const auto disposition = parse_disposition(value);
  if (!disposition) return "ill-formed";
  return disposition->filename.value_or("none");
}

TEST(Disposition, ParsesFieldsOfBrowsers) {
  const auto disposition = parse_disposition("form-data; name=\"file\"; filename=\"my song.mp3\"");
  ASSERT_TRUE(disposition);
  EXPECT_EQ(disposition->type, "form-data");
  EXPECT_EQ(disposition->name, "file");
  EXPECT_EQ(disposition->filename, "my song.mp3");
  EXPECT_EQ(name_in("form-data; name=\"a\""), "none");
  EXPECT_EQ(name_in("form-data; filename=\"\""), "");
  EXPECT_EQ(name_in("Form-Data;NAME=a;FileName=b.mp3;"), "b.mp3");
  EXPECT_EQ(name_in("form-data; filename=\"caf\xC3\xA9.mp3\""), "caf\xC3\xA9.mp3");
  EXPECT_EQ(name_in("form-data; filename=\"a;b=c, d\""), "a;b=c, d");
  EXPECT_EQ(name_in("form-data; filename=\"a%22b%0D\""), "a%22b%0D");
}

TEST(Disposition, ParsesBackslashesInBothStyles) {
  EXPECT_EQ(name_in(R"(form-data; filename="a\"b.mp3")"), "a\"b.mp3");
  EXPECT_EQ(name_in(R"(form-data; filename="a\\b")"), R"(a\b)");
  EXPECT_EQ(name_in(R"(form-data; filename="C:\music\a.mp3")"), R"(C:\music\a.mp3)");
}

TEST(Disposition, ParsesExtendedNames) {
  EXPECT_EQ(name_in("form-data; filename=\"x\"; filename*=UTF-8''%e2%82%ac.mp3"), "\xE2\x82\xAC.mp3");
  EXPECT_EQ(name_in("form-data; filename*=utf-8'en'a%20b; filename=x"), "a b");
  EXPECT_EQ(name_in("form-data; filename*=ISO-8859-1''caf%E9"), "caf\xC3\xA9");
  for (const char* value : {"UTF-8''%FF", "UTF-8'a", "a", "KOI8-R''a", "UTF-8''%4", "''a"}) {
    EXPECT_EQ(name_in("form-data; filename*=" + std::string(value)), "ill-formed") << value;
  }
}

TEST(Disposition, RejectsMalformedFields) {
  for (const char* value :
       {"", ";", "; name=a", "form-data name=a", "form-data; name", "form-data; name=", "form-data; =a",
        "form-data; name=\"a", "form-data; name=\"a\\\"", "form-data; name=\"a\"b", "form-data; name=a b",
        "form-data; name=a; name=a", "form-data; filename=a; FILENAME=b",
        "form-data; filename*=UTF-8''a; filename*=UTF-8''b", "form-data; filename=\"\xFF\""}) {
    EXPECT_FALSE(parse_disposition(value)) << value;
  }
}

TEST(Disposition, NamesTheMalformedParameter) {
  const auto why = [](const std::string& value) {
    const auto disposition = parse_disposition(value);
    return disposition ? std::string() : disposition.error().message;
  };
  for (const char* value : {"form-data; name=a; filename=\"\xE9.mp3\"", "form-data; name=a; filename=\"b.mp3",
                            "form-data; name=a; filename=", "form-data; filename=a; filename=b",
                            "form-data; name=a; filename*=b.mp3", "form-data; name=a; filename*=UTF-8''%E9",
                            "form-data; name=a; filename*=\"UTF-8''a"}) {
    EXPECT_TRUE(why(value).starts_with("Invalid file name in a form")) << value << why(value);
  }
  for (const char* value : {"form-data; name=\"\xE9\"", "form-data; name=\"a", "form-data; name=a; name=b"}) {
    EXPECT_TRUE(why(value).starts_with("Invalid name of a form field")) << value << why(value);
  }
  for (const char* value : {"", "form-data; name", "form-data; other=\"a", "form-data; name=a b"}) {
    EXPECT_TRUE(why(value).starts_with("Invalid Content-Disposition of a form part")) << value << why(value);
  }
}

TEST(Disposition, FormatsNames) {
  EXPECT_EQ(content_disposition(true, "my song.mp3"), "attachment; filename=\"my song.mp3\"");
  EXPECT_EQ(content_disposition(false, "a.mp3"), "inline; filename=\"a.mp3\"");
  EXPECT_EQ(content_disposition(true, ""), "attachment");
  EXPECT_EQ(content_disposition(true, "caf\xC3\xA9.mp3"),
            "attachment; filename=\"caf_.mp3\"; filename*=UTF-8''caf%C3%A9.mp3");
  EXPECT_EQ(content_disposition(true, "a\"b\\c.mp3"),
            "attachment; filename=\"a_b_c.mp3\"; filename*=UTF-8''a%22b%5Cc.mp3");
  EXPECT_EQ(content_disposition(true, "100%.mp3"), "attachment; filename=\"100%.mp3\"");
  EXPECT_EQ(content_disposition(true, "%41.mp3"),
            "attachment; filename=\"_41.mp3\"; filename*=UTF-8''%2541.mp3");
  EXPECT_EQ(content_disposition(true, "a\r\nSet-Cookie: b"), "attachment; filename=\"aSet-Cookie: b\"");
}

TEST(Disposition, ParsesItsOwnOutput) {
  for (const char* name :
       {"a.mp3", "a b;c=\"d\".mp3", "\xF0\x9F\x8E\xB5.mp3", "%%.mp3", "'\\'.flac", "\xC3\xA9"}) {
    EXPECT_EQ(name_in(content_disposition(true, name)), name);
  }
}

}  // namespace
}  // namespace convert::server::http
