// SPDX-License-Identifier: MIT
// The tables of options in server/README.md are generated from the table of the program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "options/help_text.hpp"
#include "options/option_table.hpp"
#include "support/test_files.hpp"

namespace convertd {
namespace {

/// Escapes "|" for a table in Markdown.
std::string cell(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '|') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string row(const Option& option) {
  const auto value = option.show(Settings{});
  const auto default_text = value.empty() ? std::string(option.default_text) : '`' + value + '`';
  return "| `" + cell(usage_of(option)) + "` | " + cell(default_text) + " | " +
         cell(std::string(option.description)) + " |\n";
}

TEST(OptionDocsTest, ReadmeHasTheTablesOfOptions) {
  std::string tables;
  for (const auto& group : option_table()) {
    tables += "| " + std::string(group.title) + " | default | |\n| --- | --- | --- |\n";
    for (const auto& option : group.options) tables += row(option);
    tables += '\n';
  }
  EXPECT_THAT(convert::test::read_file(FRONT_PAGE), testing::HasSubstr(tables)) << "Expected tables:\n\n"
                                                                                << tables;
}

}  // namespace
}  // namespace convertd
