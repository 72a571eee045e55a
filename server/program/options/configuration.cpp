// SPDX-License-Identifier: MIT
#include "options/configuration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

namespace convertd {
namespace {

using std::string_view;

constexpr std::size_t kMaxConfigBytes = 1 << 20;

string_view trim_line(string_view text) {
  constexpr string_view space = " \t\r";
  const auto first = text.find_first_not_of(space);
  if (first == string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(space) - first + 1);
}

/// Removes a comment. A "#" inside a word, such as a path, does not start one.
string_view without_comment(string_view line) {
  for (std::size_t at = line.find('#'); at != string_view::npos; at = line.find('#', at + 1)) {
    if (at == 0 || line[at - 1] == ' ' || line[at - 1] == '\t') return line.substr(0, at);
  }
  return line;
}

Error at(string_view where, const Error& error) {
  return {error.code, fmt::format("{}: {}", where, error.message), false};
}

Result<void> parse_config_line(string_view line, const std::string& where,
                               const std::vector<OptionGroup>& table, std::vector<OptionValue>& all) {
  const auto equals = line.find('=');
  if (equals == string_view::npos) {
    return usage_error(
        fmt::format("{}: {} does not have the form \"name = value\".", where, in_quotes(line)));
  }
  const auto name = trim_line(line.substr(0, equals));
  const Option* option = find_option(table, name);
  if (option == nullptr) return at(where, unknown_option(table, name));
  if (name == "config")
    return usage_error(fmt::format("{}: A configuration file cannot name another one.", where));
  return add_value(
      all, {option, std::string(trim_line(line.substr(equals + 1))), fmt::format("{}, {}", where, name)});
}

const Option* named(const std::vector<OptionGroup>& table, std::string_view variable) {
  for (const auto& group : table) {
    const auto found = std::find_if(group.options.begin(), group.options.end(), [&](const Option& option) {
      return environment_name(option.name) == variable;
    });
    if (found != group.options.end()) return &*found;
  }
  return nullptr;
}

constexpr string_view kDatabaseUrl = "DATABASE_URL=";

/// The variable that most services read. CONVERTD_DATABASE replaces it.
void add_database_url(string_view uri, const std::vector<OptionGroup>& table, Environment& environment) {
  const Option* option = find_option(table, "database");
  if (uri.empty() || option == nullptr || find_value(environment.options, *option) != nullptr) return;
  if (uri.starts_with("postgresql:") || uri.starts_with("postgres:")) {
    environment.options.push_back({option, std::string(uri), "DATABASE_URL"});
  } else {
    environment.warnings.emplace_back(
        "Ignored the environment variable DATABASE_URL: it names no PostgreSQL database.");
  }
}

using Sources = std::array<const std::vector<OptionValue>*, 3>;  // in order of precedence

const OptionValue* first(const Sources& sources, const Option& option) {
  for (const auto* source : sources) {
    if (const OptionValue* value = source ? find_value(*source, option) : nullptr) return value;
  }
  return nullptr;
}

Result<void> set(Settings& settings, const Option& option, const Sources& sources) {
  const OptionValue* value = first(sources, option);
  if (value == nullptr) return {};
  auto done = option.set(settings, value->text);
  if (!done) return usage_error(fmt::format("{}: {}", value->where, done.error().message));
  return done;
}

Result<std::vector<OptionValue>> file_of(const Settings& settings, const std::vector<OptionGroup>& table) {
  if (!settings.config.empty()) return read_config_file(settings.config, table);
  if (settings.data.empty()) return std::vector<OptionValue>();
  auto usual = read_config_file(settings.data / "convertd.conf", table);
  if (!usual && usual.error().code == Errc::not_found) return std::vector<OptionValue>();
  return usual;
}

}  // namespace

Result<std::vector<OptionValue>> parse_config(string_view text, string_view name,
                                              const std::vector<OptionGroup>& table) {
  std::vector<OptionValue> all;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    const auto line = trim_line(without_comment(text.substr(0, end)));
    text.remove_prefix(end == string_view::npos ? text.size() : end + 1);
    if (line.empty()) continue;
    if (auto read = parse_config_line(line, fmt::format("{}, line {}", name, number), table, all); !read) {
      return read.error();
    }
  }
  return all;
}

Result<std::vector<OptionValue>> read_config_file(const std::filesystem::path& file,
                                                  const std::vector<OptionGroup>& table) {
  const auto refused = [&](int code) {
    const bool missing = code == ENOENT || code == ENOTDIR;
    return Error{missing ? Errc::not_found : Errc::io,
                 fmt::format("The configuration file {} cannot be read: {}.", file.string(),
                             std::generic_category().message(code)),
                 false};
  };
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream(std::fopen(file.c_str(), "re"), &std::fclose);
  if (!stream) return refused(errno);
  std::string text;
  std::array<char, 4096> block{};
  while (const auto count = std::fread(block.data(), 1, block.size(), stream.get())) {
    text.append(block.data(), count);
    if (text.size() > kMaxConfigBytes)
      return usage_error(fmt::format("{} is too large for a configuration file.", file.string()));
  }
  if (std::ferror(stream.get()) != 0) return refused(errno);
  constexpr string_view kByteOrderMark = "\xEF\xBB\xBF";  // some editors write it
  if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
  return parse_config(text, file.string(), table);
}

Result<Environment> parse_environment(std::span<const std::string_view> variables,
                                      const std::vector<OptionGroup>& table) {
  Environment environment;
  std::optional<std::string_view> database_url;
  for (const auto variable : variables) {
    if (variable.starts_with(kDatabaseUrl)) database_url = variable.substr(kDatabaseUrl.size());
    const auto equals = variable.find('=');
    if (!variable.starts_with("CONVERTD_") || equals == std::string_view::npos) continue;
    const std::string name(variable.substr(0, equals));
    for (const auto& renamed : renamed_options()) {
      if (environment_name(renamed.old_name) == name)
        return usage_error(fmt::format("{} was renamed: use {}.", name, environment_name(renamed.new_name)));
    }
    const Option* option = named(table, name);
    if (option == nullptr) {
      environment.warnings.push_back(
          fmt::format("Ignored the environment variable {}: it is not an option.", name));
    } else {
      environment.options.push_back({option, std::string(variable.substr(equals + 1)), name});
    }
  }
  if (database_url) add_database_url(*database_url, table, environment);
  return environment;
}

Result<Settings> resolve_settings(const std::vector<OptionValue>& flags, const Environment& environment,
                                  const std::vector<OptionGroup>& table, DataOption data) {
  Settings settings;
  Sources sources{&flags, &environment.options, nullptr};
  for (const auto* name : {"data", "config"}) {
    if (auto done = set(settings, *find_option(table, name), sources); !done) return done.error();
  }
  const auto file = file_of(settings, table);
  if (!file) return file.error();
  sources[2] = &*file;
  for (const auto& group : table) {
    for (const auto& option : group.options) {
      if (auto done = set(settings, option, sources); !done) return done.error();
    }
  }
  if (settings.data.empty() && data == DataOption::required) {
    return usage_error("--data is required: convertd --data DIR. The folder is created if it is missing.");
  }
  if (settings.listen.empty()) return usage_error("--listen: At least one address is required.");
  return settings;
}

}  // namespace convertd
