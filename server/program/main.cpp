// SPDX-License-Identifier: MIT
// convertd: the conversion service as a program, built on <convert/server/server.hpp>.
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <exception>
#include <string_view>
#include <vector>

#include <convert/version.hpp>

#include "commands/check.hpp"
#include "commands/commands.hpp"
#include "commands/migrate.hpp"
#include "commands/secrets.hpp"
#include "options/command_line.hpp"
#include "options/configuration.hpp"
#include "options/help_text.hpp"
#include "options/option_table.hpp"
#include "options/roles.hpp"
#include "service/service.hpp"

namespace convertd {
namespace {

ExitCode wrong_usage(const Error& error) {
  print_error(error.message);
  return ExitCode::usage;
}

/// Raises the soft limit of open files to the hard limit. Each connection needs a descriptor.
void allow_many_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

ExitCode serve(const Settings& settings, const Environment& environment) {
  const Log log(settings.log_level, settings.log_format);
  for (const auto& warning : environment.warnings) log.warning(warning);
  allow_many_files();
  const auto service = Service::open(settings, log);
  if (!service && service.error().code == Errc::cancelled) {
    print_line("stopped");
    return ExitCode::done;
  }
  if (!service) return report_error(service.error());
  if (auto listening = (*service)->listen(); !listening) return report_error(listening.error());
  return (*service)->run();
}

ExitCode run(const std::vector<std::string_view>& words, const std::vector<std::string_view>& variables) {
  const auto table = option_table();
  const auto line = parse_command_line(words, table);
  if (!line) return wrong_usage(line.error());
  if (line->command == Command::version) {
    print_line(fmt::format("convertd {}", convert::version()));
    return ExitCode::done;
  }
  if (line->command == Command::help) {
    fmt::print("{}", help(table));
    return ExitCode::done;
  }
  const auto environment = parse_environment(variables, table);
  if (!environment) return wrong_usage(environment.error());
  const auto data = line->command == Command::serve ? DataOption::required : DataOption::optional;
  const auto settings = resolve_settings(line->options, *environment, table, data);
  if (!settings && settings.error().code == Errc::io) return report_error(settings.error());
  if (!settings) return wrong_usage(settings.error());
  if (auto good = check_roles(*settings, line->command == Command::serve); !good)
    return wrong_usage(good.error());
  switch (line->command) {
    case Command::serve:
      return serve(*settings, *environment);
    case Command::secret_rotate:
    case Command::secret_stage:
    case Command::secret_activate:
    case Command::secret_retire:
      return secret_command(line->command, *settings);
    case Command::migrate:
      return migrate(*settings);
    case Command::check:
      return check_backends(*settings);
    default:
      return user_command(*line, *settings);
  }
}

}  // namespace
}  // namespace convertd

int main(int argc, char** argv) {
  try {
    std::signal(SIGPIPE, SIG_IGN);  // a closed socket or pipe is an error of one call
    std::signal(SIGXFSZ, SIG_IGN);  // likewise a file at the size limit of the process
    ::umask(077);                   // uploads and password hashes are private
    const std::vector<std::string_view> words(argv + 1, argv + argc);
    std::vector<std::string_view> variables;
    for (char** variable = environ; *variable != nullptr; ++variable) variables.emplace_back(*variable);
    return static_cast<int>(convertd::run(words, variables));
  } catch (const std::exception& failure) {
    convertd::print_error(failure.what());
    return static_cast<int>(convertd::ExitCode::failed);
  }
}
