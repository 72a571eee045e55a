// SPDX-License-Identifier: MIT
#include "program_configuration.hpp"

#include <fmt/format.h>

#include <array>

#include "configuration.hpp"

namespace convertd {
namespace {

using Sources = std::array<const std::vector<OptionValue>*, 3>;  // the first that says something counts

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

Result<Settings> resolve_settings(const std::vector<OptionValue>& flags, const Environment& environment,
                                  const std::vector<OptionGroup>& table) {
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
  if (settings.data.empty()) {
    return usage_error(
        "Where is the data to be? Name a folder: convertd --data DIR. It is made if it is missing.");
  }
  if (settings.listen.empty()) return usage_error("--listen: There is no address to listen at.");
  return settings;
}

}  // namespace convertd
