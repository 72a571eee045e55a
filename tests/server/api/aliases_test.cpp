// SPDX-License-Identifier: MIT
#include "api/aliases.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string_view>

namespace convert::server::api {
namespace {

struct AliasCase {
  About about;
  std::string_view sent;
  std::string_view name;
};

// The contract's table of older names, row by row.
constexpr std::array kOlder{
    AliasCase{About::login, "user", "username"},
    AliasCase{About::signup, "user", "username"},
    AliasCase{About::signup, "nombre", "username"},
    AliasCase{About::signup, "password", "password1"},
    AliasCase{About::signup, "password_confirmation", "password2"},
    AliasCase{About::task, "nombre", "filename"},
    AliasCase{About::task, "name", "filename"},
    AliasCase{About::task, "extension_convertir", "newFormat"},
    AliasCase{About::list, "max_tasks", "max"},
};

TEST(Aliases, OlderNamesMeanWhatTheContractSays) {
  for (const AliasCase& one : kOlder) EXPECT_EQ(field_name(one.about, one.sent), one.name) << one.sent;
}

TEST(Aliases, OlderNamesMeanNothingElsewhere) {
  EXPECT_EQ(field_name(About::login, "password"), "password");
  EXPECT_EQ(field_name(About::password, "password"), "password");
  EXPECT_EQ(field_name(About::password, "password_confirmation"), "password_confirmation");
  EXPECT_EQ(field_name(About::account, "nombre"), "nombre");
  EXPECT_EQ(field_name(About::task, "max_tasks"), "max_tasks");
  EXPECT_EQ(field_name(About::list, "extension_convertir"), "extension_convertir");
}

TEST(Aliases, OurOwnNamesStay) {
  for (const AliasCase& one : kOlder) EXPECT_EQ(field_name(one.about, one.name), one.name);
}

TEST(Aliases, CaseMatters) { EXPECT_EQ(field_name(About::login, "User"), "User"); }

}  // namespace
}  // namespace convert::server::api
