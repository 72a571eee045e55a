// SPDX-License-Identifier: MIT
#include "api/support/request_fields.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string_view>

namespace convert::server::api {
namespace {

struct AliasCase {
  FieldContext context;
  std::string_view sent;
  std::string_view name;
};

// The contract's table of older names, row by row.
constexpr std::array kOlder{
    AliasCase{FieldContext::login, "user", "username"},
    AliasCase{FieldContext::signup, "user", "username"},
    AliasCase{FieldContext::signup, "nombre", "username"},
    AliasCase{FieldContext::signup, "password", "password1"},
    AliasCase{FieldContext::signup, "password_confirmation", "password2"},
    AliasCase{FieldContext::task, "nombre", "filename"},
    AliasCase{FieldContext::task, "name", "filename"},
    AliasCase{FieldContext::task, "extension_convertir", "newFormat"},
    AliasCase{FieldContext::list, "max_tasks", "max"},
};

TEST(Aliases, OlderNamesMeanWhatTheContractSays) {
  for (const AliasCase& one : kOlder) EXPECT_EQ(field_name(one.context, one.sent), one.name) << one.sent;
}

TEST(Aliases, OlderNamesMeanNothingElsewhere) {
  EXPECT_EQ(field_name(FieldContext::login, "password"), "password");
  EXPECT_EQ(field_name(FieldContext::password, "password"), "password");
  EXPECT_EQ(field_name(FieldContext::password, "password_confirmation"), "password_confirmation");
  EXPECT_EQ(field_name(FieldContext::account, "nombre"), "nombre");
  EXPECT_EQ(field_name(FieldContext::task, "max_tasks"), "max_tasks");
  EXPECT_EQ(field_name(FieldContext::list, "extension_convertir"), "extension_convertir");
}

TEST(Aliases, OurOwnNamesStay) {
  for (const AliasCase& one : kOlder) EXPECT_EQ(field_name(one.context, one.name), one.name);
}

TEST(Aliases, CaseMatters) { EXPECT_EQ(field_name(FieldContext::login, "User"), "User"); }

}  // namespace
}  // namespace convert::server::api
