// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>

#include "option_groups.hpp"
#include "option_kinds.hpp"

namespace convertd {
namespace {

using std::chrono::milliseconds;
constexpr std::uint64_t kMaxTasks = 1'000'000'000;
/// The longest password that is hashed, in bytes; a policy cannot ask for more characters.
constexpr std::uint64_t kLongestPassword = 1'024;

struct Class {
  std::string_view name;
  bool convert::server::Passwords::*wanted;
};
constexpr std::array kClasses{
    Class{"lower", &convert::server::Passwords::lower}, Class{"upper", &convert::server::Passwords::upper},
    Class{"digit", &convert::server::Passwords::digit}, Class{"other", &convert::server::Passwords::other}};

Result<void> set_classes(Settings& settings, std::string_view text) {
  auto passwords = settings.server.passwords;
  for (const auto& one : kClasses) passwords.*one.wanted = false;
  for (const auto& word : read_list(text)) {
    const auto found =
        std::find_if(kClasses.begin(), kClasses.end(), [&](const Class& c) { return c.name == word; });
    if (found == kClasses.end()) return wrong(shown(word) + " is none of lower, upper, digit, other.");
    passwords.*found->wanted = true;
  }
  settings.server.passwords = passwords;
  return {};
}

std::string classes_text(const Settings& settings) {
  std::vector<std::string> words;
  for (const auto& one : kClasses) {
    if (settings.server.passwords.*one.wanted) words.emplace_back(one.name);
  }
  return list_text(words);
}

/// Of accounts that have no quota of their own: the server's default is always said, and 0 is no limit.
template <class Field>
Option quota_count(const Words& words, Field field) {
  return count_option(
      words, [field](auto& s) -> auto& { return *field(s); }, 0, kMaxTasks);
}
template <class Field>
Option quota_size(const Words& words, Field field) {
  return size_option(
      words, [field](auto& s) -> auto& { return *field(s); }, 0);
}

}  // namespace

std::vector<Option> account_options() {
  return {
      switch_option(
          {"signup", "on|off", "whether strangers may make accounts"},
          [](auto& s) -> auto& { return s.server.signup; }),
      count_option(
          {"password-least", "N", "characters of a password"},
          [](auto& s) -> auto& { return s.server.passwords.least; }, 1, kLongestPassword),
      {"password-classes", "CLASS,...", "none",
       "what a password needs one of, each: lower, upper, digit, other", set_classes, classes_text, true},
      time_option(
          {"token-life", "TIME", "how long a login is valid"},
          [](auto& s) -> auto& { return s.server.token_life; }, milliseconds(1'000)),
      time_option(
          {"link-life", "TIME", "how long a signed link is valid"},
          [](auto& s) -> auto& { return s.server.link_life; }, milliseconds(1'000)),
      quota_size(
          {"file-size", "SIZE", "one upload; 0: no limit, as in the next three"},
          [](auto& s) -> auto& { return s.server.quota.file_bytes; }),
      quota_size(
          {"quota-storage", "SIZE", "inputs and outputs of one account; who is beyond it may add nothing"},
          [](auto& s) -> auto& { return s.server.quota.storage_bytes; }),
      quota_count(
          {"quota-tasks-a-day", "N",
           "new tasks, changes of a format and streaming conversions of one account (UTC days)"},
          [](auto& s) -> auto& { return s.server.quota.tasks_a_day; }),
      quota_count(
          {"quota-at-once", "N", "tasks of one account that have not ended"},
          [](auto& s) -> auto& { return s.server.quota.tasks_at_once; }),
  };
}

}  // namespace convertd
