// SPDX-License-Identifier: MIT
#include "commands/secrets.hpp"

#include <fmt/format.h>

#include "security/operator_secrets.hpp"
#include "security/secrets_file.hpp"
#include "service/backends.hpp"
#include "service/service_log.hpp"

namespace convertd {
namespace {

namespace security = convert::server::security;

/// One step of changing a secret in the file of --secret-file.
struct SecretStep {
  Result<std::string> (*change)(std::string_view text, std::string_view source);
  std::string_view next;  ///< what the operator does next
};

SecretStep step_of(Command command) {
  if (command == Command::secret_stage) {
    return {
        security::stage_secret,
        "The new secret is accepted and does not sign yet. When every host has this file (running servers "
        "read it again within a minute), run: convertd secret activate"};
  }
  if (command == Command::secret_activate) {
    return {security::activate_secret,
            "The new secret signs. When every host has had this file for as long as a token lasts "
            "(--token-ttl), run: convertd secret retire"};
  }
  return {security::retire_secrets, "The old secrets are removed. Give this file to every host."};
}

ExitCode wrong_place(std::string_view message) {
  print_error(message);
  return ExitCode::usage;
}

/// In the data folder of one machine, the times in the file replace the steps.
ExitCode rotate_secret(const Settings& settings) {
  if (!settings.secret_file.empty()) {
    return wrong_place(fmt::format(
        "The secrets are in the file {0}, which other hosts may share. Change them in three steps: "
        "convertd --secret-file {0} secret stage, then activate, then retire.",
        settings.secret_file.string()));
  }
  const auto folder = open_data_folder_if(true, settings);
  if (!folder) return report_error(folder.error());
  const auto file = folder->secrets();
  if (auto made = security::open_or_create_secrets_file(file, settings.server.token_ttl, current_time());
      !made) {
    return report_error(made.error());
  }
  const auto secrets = security::rotate_secrets_file(file, settings.server.token_ttl, current_time());
  if (!secrets) return report_error(secrets.error());
  const auto old = secrets->size() - 1;
  print_line(fmt::format(
      "The new secret signs tokens in one minute. {} old {} {} valid until the tokens expire ({}).", old,
      old == 1 ? "secret" : "secrets", old == 1 ? "stays" : "stay",
      format_duration(settings.server.token_ttl)));
  return ExitCode::done;
}

}  // namespace

ExitCode secret_command(Command command, const Settings& settings) {
  if (!settings.secrets.empty()) {
    return wrong_place(
        "The secrets are in CONVERTD_SECRETS. Append a new one and restart all hosts; then move it to the "
        "front and restart all hosts; when the old tokens have expired, remove the old one.");
  }
  if (command == Command::secret_rotate) return rotate_secret(settings);
  if (settings.secret_file.empty()) {
    return wrong_place(
        "These steps are for a file that many hosts share: name it with --secret-file. For the secrets in "
        "the "
        "data folder, use: convertd secret rotate");
  }
  const auto step = step_of(command);
  if (auto changed = security::change_operator_secrets(settings.secret_file, step.change); !changed)
    return report_error(changed.error());
  print_line(step.next);
  return ExitCode::done;
}

}  // namespace convertd
