// SPDX-License-Identifier: MIT
#include "options/command_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "options/option_table.hpp"

namespace convertd {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class CommandLineTest : public testing::Test {
 protected:
  Result<CommandLine> read(const std::vector<std::string_view>& words) const {
    return parse_command_line(words, table_);
  }
  std::string refused(const std::vector<std::string_view>& words) const {
    const auto line = read(words);
    return line ? std::string("taken") : line.error().message;
  }
  const std::vector<OptionGroup> table_ = option_table();
};

TEST_F(CommandLineTest, ServesByDefault) {
  EXPECT_EQ(read({}).value().command, Command::serve);
  EXPECT_EQ(read({"--data", "x"}).value().command, Command::serve);
}

TEST_F(CommandLineTest, HelpAndVersionNeedNoOptions) {
  EXPECT_EQ(read({"--help"}).value().command, Command::help);
  EXPECT_EQ(read({"user", "add", "-h"}).value().command, Command::help);
  EXPECT_EQ(read({"--version"}).value().command, Command::version);
}

TEST_F(CommandLineTest, AcceptsOptionsAnywhere) {
  const auto line = read({"user", "--admin", "add", "ann", "--data", "x", "ann@example.org"});
  ASSERT_TRUE(line) << line.error().message;
  EXPECT_EQ(line->command, Command::user_add);
  EXPECT_TRUE(line->admin);
  EXPECT_THAT(line->arguments, ElementsAre("ann", "ann@example.org"));
  ASSERT_EQ(line->options.size(), 1U);
  EXPECT_EQ(line->options[0].text, "x");
}

TEST_F(CommandLineTest, ParsesTheCommands) {
  EXPECT_EQ(read({"user", "list"}).value().command, Command::user_list);
  EXPECT_EQ(read({"user", "disable", "ann"}).value().command, Command::user_disable);
  EXPECT_EQ(read({"user", "enable", "ann"}).value().command, Command::user_enable);
  EXPECT_EQ(read({"user", "password", "ann"}).value().command, Command::user_password);
  EXPECT_EQ(read({"secret", "rotate"}).value().command, Command::secret_rotate);
  EXPECT_EQ(read({"secret", "stage"}).value().command, Command::secret_stage);
  EXPECT_EQ(read({"secret", "activate"}).value().command, Command::secret_activate);
  EXPECT_EQ(read({"secret", "retire"}).value().command, Command::secret_retire);
  EXPECT_EQ(read({"migrate"}).value().command, Command::migrate);
  EXPECT_EQ(read({"check"}).value().command, Command::check);
}

TEST_F(CommandLineTest, TwoDashesEndTheOptions) {
  EXPECT_THAT(read({"user", "disable", "--", "--admin"}).value().arguments, ElementsAre("--admin"));
  EXPECT_FALSE(read({"user", "disable", "--", "--admin"}).value().admin);
}

TEST_F(CommandLineTest, ReportsTheUsage) {
  EXPECT_THAT(refused({"usr"}), HasSubstr("convertd secret rotate"));
  EXPECT_THAT(refused({"user"}), HasSubstr("convertd user add [--admin] NAME EMAIL; convertd user list"));
  EXPECT_EQ(refused({"user"}).find("secret"), std::string::npos);
  EXPECT_THAT(refused({"user", "add", "ann"}), HasSubstr("Usage: convertd user add [--admin] NAME EMAIL."));
  EXPECT_THAT(refused({"user", "list", "--admin"}), HasSubstr("Usage: convertd user list."));
  EXPECT_THAT(refused({"--admin"}), HasSubstr("--admin is only valid in"));
  EXPECT_THAT(refused({"secret", "rotate", "now"}), HasSubstr("Usage: convertd secret rotate."));
  EXPECT_THAT(refused({"check", "everything"}), HasSubstr("Commands: convertd check."));
  EXPECT_THAT(refused({"--admin", "migrate"}), HasSubstr("Usage: convertd migrate."));
}

}  // namespace
}  // namespace convertd
