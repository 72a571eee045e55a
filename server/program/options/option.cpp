// SPDX-License-Identifier: MIT
#include "options/option.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <numeric>
#include <utility>

namespace convertd {
namespace {

/// Levenshtein distance.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t change = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({change, diagonal + 1, row[j] + 1});
    }
  }
  return row.back();
}

constexpr RenamedOption kRenamedOptions[] = {
    {"jobs", "job-store"},
    {"accounts", "account-store"},
    {"log", "log-level"},
    {"grace", "shutdown-timeout"},
    {"worker", "worker-path"},
    {"unconfined", "allow-unconfined"},
    {"slots", "max-conversions"},
    {"threads", "max-conversion-threads"},
    {"worker-memory", "worker-memory-limit"},
    {"scratch", "worker-scratch-limit"},
    {"stall", "stall-timeout"},
    {"job-time", "conversion-timeout"},
    {"output-size", "max-output-size"},
    {"hash-up-to", "max-hashed-size"},
    {"signup", "allow-signup"},
    {"password-least", "password-min-length"},
    {"token-life", "token-ttl"},
    {"link-life", "link-ttl"},
    {"file-size", "max-upload-size"},
    {"quota-storage", "max-account-storage"},
    {"quota-tasks-a-day", "max-tasks-per-day"},
    {"quota-at-once", "max-active-tasks"},
    {"connections", "max-connections"},
    {"connections-an-address", "max-connections-per-address"},
    {"uploads", "max-uploads"},
    {"streams", "max-streaming-conversions"},
    {"listeners", "max-event-streams"},
    {"listeners-an-account", "max-event-streams-per-account"},
    {"header-size", "max-header-size"},
    {"fields", "max-header-fields"},
    {"header-time", "header-timeout"},
    {"idle-time", "keepalive-timeout"},
    {"body-idle", "body-timeout"},
    {"write-idle", "send-timeout"},
    {"slowest", "min-rate"},
    {"cors", "cors-origins"},
    {"rate-address", "rate-limit-per-address"},
    {"rate-account", "rate-limit-per-account"},
    {"rate-login", "login-rate-limit"},
    {"rate-signup", "signup-rate-limit"},
    {"rate-failures", "login-failure-limit"},
    {"rate-failures-address", "login-failure-limit-per-address"},
    {"exempt", "rate-limit-exempt"},
    {"keep-inputs", "input-ttl"},
    {"keep-outputs", "output-ttl"},
    {"keep-records", "task-ttl"},
    {"orphans", "orphan-ttl"},
};

}  // namespace

std::span<const RenamedOption> renamed_options() { return kRenamedOptions; }

const Option* find_option(const std::vector<OptionGroup>& table, std::string_view name) {
  for (const auto& group : table) {
    for (const auto& option : group.options) {
      if (option.name == name) return &option;
    }
  }
  return nullptr;
}

Error unknown_option(const std::vector<OptionGroup>& table, std::string_view name) {
  const std::string_view dashes = name.starts_with("--") ? "--" : "";
  for (const auto& renamed : renamed_options()) {
    if (renamed.old_name == name.substr(dashes.size()))
      return usage_error(fmt::format("{} was renamed: use {}{}.", name, dashes, renamed.new_name));
  }
  constexpr std::size_t kMaxDistance = 3;
  const Option* nearest = nullptr;
  std::size_t min = kMaxDistance + 1;
  for (const auto& group : table) {
    for (const auto& option : group.options) {
      const auto steps = name.size() > 64 ? min : distance(name, option.name);
      if (steps < std::min(min, option.name.size() / 2 + 1)) {
        min = steps;
        nearest = &option;
      }
    }
  }
  const auto hint = nearest ? fmt::format(". Did you mean {}?", nearest->name) : ". See convertd --help.";
  return usage_error(fmt::format("Unknown option {}{}", in_quotes(name), hint));
}

std::string usage_of(const Option& option) {
  if (option.sensitivity == Sensitivity::secret) return environment_name(option.name);
  return fmt::format("--{}{}{}", option.name, option.value.empty() ? "" : " ", option.value);
}

std::string environment_name(std::string_view option_name) {
  std::string name = "CONVERTD_";
  for (const char c : option_name) {
    name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return name;
}

Result<void> add_value(std::vector<OptionValue>& all, OptionValue value) {
  const auto before = std::find_if(all.begin(), all.end(),
                                   [&](const OptionValue& other) { return other.option == value.option; });
  if (before == all.end()) {
    all.push_back(std::move(value));
    return {};
  }
  if (!value.option->repeatable) return usage_error(fmt::format("{} is set twice.", value.where));
  before->text += "," + value.text;
  return {};
}

}  // namespace convertd
