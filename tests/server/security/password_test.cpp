// SPDX-License-Identifier: MIT
#include "security/password_hasher.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace convert::server::security {
namespace {

TEST(PasswordHash, SaysItsParameters) {
  const auto hash = hash_password("correct horse").value();
  EXPECT_THAT(hash, testing::StartsWith("$argon2id$v=19$m=19456,t=2,p=1$"));
  EXPECT_NE(hash, hash_password("correct horse").value()) << "each has its own salt";
  EXPECT_FALSE(needs_rehash(hash));
}

TEST(PasswordHash, KnowsItsPasswordOnly) {
  const std::string password("p\xc3\xa4ss\0word", 10);
  const auto hash = hash_password(password).value();
  EXPECT_TRUE(password_matches(hash, password));
  EXPECT_FALSE(password_matches(hash, password.substr(0, 4))) << "a zero byte is no end";
  EXPECT_FALSE(password_matches(hash, password + "x"));
  EXPECT_FALSE(password_matches(hash, ""));
}

/// Of the reference implementation's own tests: "password" with the salt "somesalt", 64 MiB and 2 passes.
TEST(PasswordHash, IsAsTheReferenceHasIt) {
  const std::string hash =
      "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
  EXPECT_TRUE(password_matches(hash, "password"));
  EXPECT_FALSE(password_matches(hash, "Password"));
  EXPECT_TRUE(needs_rehash(hash)) << "of other parameters than ours";
}

TEST(PasswordHash, ThatIsDamagedIsNobodys) {
  const auto good = hash_password("x").value();
  for (const std::string& hash :
       {std::string(), std::string("x"), std::string("$argon2id$"), good.substr(0, 60), good + "A",
        std::string(500, 'A'), "$argon2i" + good.substr(9)}) {
    EXPECT_FALSE(password_matches(hash, "x")) << hash;
    EXPECT_FALSE(password_matches(hash, "")) << hash;
  }
  for (const std::string hash : {"", "x", "$argon2id$"}) EXPECT_TRUE(needs_rehash(hash)) << hash;
}

}  // namespace
}  // namespace convert::server::security
