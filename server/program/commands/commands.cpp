// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <chrono>

#include "security/secrets_file.hpp"
#include "service/service_log.hpp"
#include "commands.hpp"
#include "service/data_folder.hpp"

namespace convertd {

ExitCode rotate_secret(const Settings& settings) {
  if (!settings.secret_file.empty()) {
    print_error(fmt::format("The secrets are your own, in {}: put a new one on its first line.",
                            settings.secret_file.string()));
    return ExitCode::usage;
  }
  const auto folder = open_data_folder(settings.data);
  if (!folder) return report_error(folder.error());
  const auto file = folder->secrets();
  namespace security = convert::server::security;
  if (auto made = security::open_or_create_secrets_file(file, settings.server.token_ttl, now()); !made) {
    return report_error(made.error());
  }
  const auto secrets = security::rotate_secrets_file(file, settings.server.token_ttl, now());
  if (!secrets) return report_error(secrets.error());
  const auto old = secrets->size() - 1;
  print_line(
      fmt::format("A new secret signs in a minute. {} of before {} until what {} signed has ended ({}).", old,
                  old == 1 ? "stays valid" : "stay valid", old == 1 ? "it" : "they",
                  format_duration(settings.server.token_ttl)));
  return ExitCode::done;
}

}  // namespace convertd
