// SPDX-License-Identifier: MIT
#include "net/aws/aws_profiles.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/text.hpp"
#include "base/try.hpp"
#include "net/support/small_file.hpp"

namespace convert::net {
namespace {

std::string_view trim_blanks(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

/// The name of the profile that the inside of "[...]" starts; nothing for a section of another kind.
std::optional<std::string> profile_of_section(std::string_view section, bool is_configuration) {
  section = trim_blanks(section);
  if (!is_configuration || section == "default") return std::string(section);
  if (!section.starts_with("profile ") && !section.starts_with("profile\t")) return {};
  section = trim_blanks(section.substr(8));
  if (section.size() >= 2 && section.front() == '"' && section.back() == '"')
    section = section.substr(1, section.size() - 2);
  return std::string(section);
}

std::string profile_file(const AwsEnvironment& environment, const char* variable, const char* name) {
  if (auto path = environment.variable(variable)) return *std::move(path);
  const auto home = environment.variable("HOME");
  return home ? fmt::format("{}/.aws/{}", *home, name) : std::string();
}

/// Adds the profiles of a file to `profiles`, which keep the settings that they have.
Result<void> add_profiles(AwsProfiles& profiles, const std::string& path, bool is_configuration) {
  if (path.empty()) return {};
  CONVERT_TRY_ASSIGN(const auto text, read_small_file(path));
  if (!text) return {};
  CONVERT_TRY_ASSIGN(AwsProfiles added, parse_aws_profiles(*text, path, is_configuration));
  for (auto& [name, settings] : added) profiles[name].merge(settings);
  return {};
}

}  // namespace

Result<AwsProfiles> parse_aws_profiles(std::string_view text, std::string_view file, bool is_configuration) {
  AwsProfiles profiles;
  AwsProfile* profile = nullptr;
  bool in_section = false;
  int number = 0;
  const auto invalid = [&](std::string_view why) {
    return Error{Errc::invalid_argument, fmt::format("{}, line {}: {}.", file, number, why)};
  };
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    const std::string_view content = trim_blanks(line);
    if (content.empty() || content.front() == '#' || content.front() == ';') continue;
    if (content.front() == '[') {
      const std::size_t bracket = content.find(']');
      if (bracket == std::string_view::npos) return invalid("a section needs a closing \"]\"");
      const auto name = profile_of_section(content.substr(1, bracket - 1), is_configuration);
      profile = name ? &profiles[*name] : nullptr;
      in_section = true;
      continue;
    }
    if (line.front() == ' ' || line.front() == '\t') continue;  // a nested setting, such as those of "s3 ="
    const std::size_t equals = content.find('=');
    if (!in_section || equals == std::string_view::npos || equals == 0)
      return invalid("write \"name = value\" below a section such as \"[default]\"");
    if (!profile) continue;
    (*profile)[base::lower_case(trim_blanks(content.substr(0, equals)))] =
        std::string(trim_blanks(content.substr(equals + 1)));
  }
  return profiles;
}

Result<AwsProfiles> read_aws_profiles(const AwsEnvironment& environment) {
  AwsProfiles profiles;
  CONVERT_TRY(
      add_profiles(profiles, profile_file(environment, "AWS_SHARED_CREDENTIALS_FILE", "credentials"), false));
  CONVERT_TRY(add_profiles(profiles, profile_file(environment, "AWS_CONFIG_FILE", "config"), true));
  return profiles;
}

std::string aws_profile_name(const AwsEnvironment& environment) {
  return environment.variable("AWS_PROFILE").value_or("default");
}

}  // namespace convert::net
