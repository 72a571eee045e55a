// SPDX-License-Identifier: MIT
// The tables of options on the front page are those of the program, word for word.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "options/help_text.hpp"
#include "options/option_table.hpp"
#include "support/test_files.hpp"

namespace convertd {
namespace {

/// For a cell of a table in Markdown, where a bar would begin the next one.
std::string cell(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '|') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string row(const Option& option) {
  const auto flag =
      "--" + std::string(option.name) + (option.value.empty() ? "" : " ") + std::string(option.value);
  const auto value = option.show(Settings{});
  const auto default_text = value.empty() ? std::string(option.default_text) : '`' + value + '`';
  return "| `" + cell(flag) + "` | " + cell(default_text) + " | " + cell(std::string(option.description)) +
         " |\n";
}

TEST(Readme, HasTheTablesOfOptions) {
  std::string tables;
  for (const auto& group : option_table()) {
    tables += "| " + std::string(group.title) + " | default | |\n| --- | --- | --- |\n";
    for (const auto& option : group.options) tables += row(option);
    tables += '\n';
  }
  EXPECT_THAT(convert::test::read_file(FRONT_PAGE), testing::HasSubstr(tables))
      << "The tables of options are now:\n\n"
      << tables;
}

}  // namespace
}  // namespace convertd
