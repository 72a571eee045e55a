// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <chrono>

#include "accounts/secrets_file.hpp"
#include "clock.hpp"
#include "commands.hpp"
#include "data_folder.hpp"

namespace convertd {

ExitCode rotate_secret(const Settings& settings) {
  if (!settings.secret_file.empty()) {
    refuse(fmt::format("The secrets are your own, in {}: put a new one on its first line.",
                       settings.secret_file.string()));
    return ExitCode::usage;
  }
  const auto folder = open_data_folder(settings.data);
  if (!folder) return refused(folder.error());
  const auto file = folder->secrets();
  namespace accounts = convert::server::accounts;
  if (auto made = accounts::open_secrets_file(file, settings.server.token_life, now()); !made) {
    return refused(made.error());
  }
  const auto secrets = accounts::rotate_secrets_file(file, settings.server.token_life, now());
  if (!secrets) return refused(secrets.error());
  const auto old = secrets->size() - 1;
  say(fmt::format("A new secret signs in a minute. {} of before {} until what {} signed has ended ({}).", old,
                  old == 1 ? "stays valid" : "stay valid", old == 1 ? "it" : "they",
                  time_text(settings.server.token_life)));
  return ExitCode::done;
}

}  // namespace convertd
