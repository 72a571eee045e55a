// SPDX-License-Identifier: MIT
#include "api/aliases.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string_view>

namespace convert::server::api {
namespace {

struct Case {
  About about;
  std::string_view sent;
  std::string_view name;
};

// The contract's table of older names, row by row.
constexpr std::array kOlder{
    Case{About::login, "user", "username"},
    Case{About::signup, "user", "username"},
    Case{About::signup, "nombre", "username"},
    Case{About::signup, "password", "password1"},
    Case{About::signup, "password_confirmation", "password2"},
    Case{About::task, "nombre", "filename"},
    Case{About::task, "name", "filename"},
    Case{About::task, "extension_convertir", "newFormat"},
    Case{About::list, "max_tasks", "max"},
};

TEST(Aliases, OlderNamesMeanWhatTheContractSays) {
  for (const Case& one : kOlder) EXPECT_EQ(field_name(one.about, one.sent), one.name) << one.sent;
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
  for (const Case& one : kOlder) EXPECT_EQ(field_name(one.about, one.name), one.name);
}

TEST(Aliases, CaseMatters) { EXPECT_EQ(field_name(About::login, "User"), "User"); }

}  // namespace
}  // namespace convert::server::api
