// SPDX-License-Identifier: MIT
#include "options/passwords.hpp"

#include <gtest/gtest.h>

namespace convertd {
namespace {

TEST(PasswordsTest, AreMaskedInUris) {
  EXPECT_EQ(mask_passwords("postgresql://user:secret@host:5432/db?sslmode=disable"),
            "postgresql://user:***@host:5432/db?sslmode=disable");
  EXPECT_EQ(mask_passwords("postgresql://user:se:cr@et@host/db"), "postgresql://user:***@host/db");
  EXPECT_EQ(mask_passwords("postgresql://:secret@/db"), "postgresql://:***@/db");
  EXPECT_EQ(mask_passwords("s3://key:secret@bucket/prefix"), "s3://key:***@bucket/prefix");
}

TEST(PasswordsTest, AreMaskedInParameters) {
  EXPECT_EQ(mask_passwords("postgresql:///db?user=u&password=secret&host=/run"),
            "postgresql:///db?user=u&password=***&host=/run");
  EXPECT_EQ(mask_passwords("host=h password='two words' dbname=d"), "host=h password='***' dbname=d");
  EXPECT_EQ(mask_passwords("?sslpassword=secret"), "?sslpassword=***");
}

TEST(PasswordsTest, AreMaskedSeveralTimesInOneText) {
  EXPECT_EQ(mask_passwords("a://u:1@h b://u:2@h password=3 4"), "a://u:***@h b://u:***@h password=*** 4");
  EXPECT_EQ(mask_passwords("(\"postgresql://u:secret@h/d\")."), "(\"postgresql://u:***@h/d\").");
}

// libpq takes neither of them. What is hidden may be too much, not too little.
TEST(PasswordsTest, AreMaskedThoughNotPercentEncoded) {
  EXPECT_EQ(mask_passwords("postgresql://user:se/cret@host/db"), "postgresql://user:***@host/db");
  EXPECT_EQ(mask_passwords("postgres://user:se?cret@host/db"), "postgres://user:***@host/db");
}

TEST(PasswordsTest, OtherTextsStayAsTheyAre) {
  for (const auto* text :
       {"", "postgresql://user@host:5432/db", "http://127.0.0.1:8080/a@b", "s3://bucket/a:b@c", "user:x@host",
        "file:///srv/blobs", "a://", "password=", "postgresql://u:@h/d", "127.0.0.1:8080"}) {
    EXPECT_EQ(mask_passwords(text), text);
    EXPECT_FALSE(has_password(text)) << text;
  }
  EXPECT_TRUE(has_password("postgresql://u:secret@h/d"));
  EXPECT_TRUE(has_password("postgresql://u@h/d?password=secret"));
}

}  // namespace
}  // namespace convertd
