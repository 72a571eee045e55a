// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>

#include "option_groups.hpp"
#include "option_builders.hpp"

namespace convertd {
namespace {

using std::chrono::milliseconds;
constexpr std::uint64_t kMaxTasks = 1'000'000'000;
/// The longest password that is hashed, in bytes; a policy cannot ask for more characters.
constexpr std::uint64_t kMaxPasswordLength = 1'024;

struct Class {
  std::string_view name;
  bool convert::server::PasswordPolicy::*wanted;
};
constexpr std::array kPasswordClasses{Class{"lower", &convert::server::PasswordPolicy::require_lower},
                                      Class{"upper", &convert::server::PasswordPolicy::require_upper},
                                      Class{"digit", &convert::server::PasswordPolicy::require_digit},
                                      Class{"other", &convert::server::PasswordPolicy::require_symbol}};

Result<void> set_password_classes(Settings& settings, std::string_view text) {
  auto passwords = settings.server.password_policy;
  for (const auto& one : kPasswordClasses) passwords.*one.wanted = false;
  for (const auto& word : parse_list(text)) {
    const auto found = std::find_if(kPasswordClasses.begin(), kPasswordClasses.end(),
                                    [&](const Class& c) { return c.name == word; });
    if (found == kPasswordClasses.end())
      return usage_error(in_quotes(word) + " is none of lower, upper, digit, other.");
    passwords.*found->wanted = true;
  }
  settings.server.password_policy = passwords;
  return {};
}

std::string format_password_classes(const Settings& settings) {
  std::vector<std::string> words;
  for (const auto& one : kPasswordClasses) {
    if (settings.server.password_policy.*one.wanted) words.emplace_back(one.name);
  }
  return format_list(words);
}

/// Of accounts that have no quota of their own: the server's default is always said, and 0 is no limit.
template <class Field>
Option quota_count(const OptionText& words, Field field) {
  return count_option(
      words, [field](auto& s) -> auto& { return *field(s); }, 0, kMaxTasks);
}
template <class Field>
Option quota_size(const OptionText& words, Field field) {
  return size_option(
      words, [field](auto& s) -> auto& { return *field(s); }, 0);
}

}  // namespace

std::vector<Option> account_options() {
  return {
      bool_option(
          {"signup", "on|off", "whether strangers may make accounts"},
          [](auto& s) -> auto& { return s.server.allow_signup; }),
      count_option(
          {"password-least", "N", "characters of a password"},
          [](auto& s) -> auto& { return s.server.password_policy.min_length; }, 1, kMaxPasswordLength),
      {"password-classes", "CLASS,...", "none",
       "what a password needs one of, each: lower, upper, digit, other", set_password_classes,
       format_password_classes, true},
      duration_option(
          {"token-life", "TIME", "how long a login is valid"},
          [](auto& s) -> auto& { return s.server.token_ttl; }, milliseconds(1'000)),
      duration_option(
          {"link-life", "TIME", "how long a signed link is valid"},
          [](auto& s) -> auto& { return s.server.link_ttl; }, milliseconds(1'000)),
      quota_size(
          {"file-size", "SIZE", "one upload; 0: no limit, as in the next three"},
          [](auto& s) -> auto& { return s.server.default_quota.file_bytes; }),
      quota_size(
          {"quota-storage", "SIZE", "inputs and outputs of one account; who is beyond it may add nothing"},
          [](auto& s) -> auto& { return s.server.default_quota.storage_bytes; }),
      quota_count(
          {"quota-tasks-a-day", "N",
           "new tasks, changes of a format and streaming conversions of one account (UTC days)"},
          [](auto& s) -> auto& { return s.server.default_quota.tasks_per_day; }),
      quota_count(
          {"quota-at-once", "N", "tasks of one account that have not ended"},
          [](auto& s) -> auto& { return s.server.default_quota.active_tasks; }),
  };
}

}  // namespace convertd
