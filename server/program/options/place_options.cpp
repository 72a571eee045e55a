// SPDX-License-Identifier: MIT
#include "option_groups.hpp"
#include "option_builders.hpp"

namespace convertd {

std::vector<Option> location_options() {
  using convert::Durability;
  using Level = convert::LogLine::Level;
  return {
      path_option(
          {"data", "DIR", "the folder that holds everything; made if it is missing", "required"},
          [](auto& s) -> auto& { return s.data; }),
      list_option(
          {"listen", "ADDRESS:PORT", "where to listen; port 0 is a free one, which is printed"},
          [](auto& s) -> auto& { return s.listen; }, parse_endpoint, format_endpoint),
      path_option(
          {"config", "FILE", "options from a file: name = value, and # begins a comment",
           "DIR/convertd.conf, if it is there"},
          [](auto& s) -> auto& { return s.config; }),
      string_option(
          {"storage", "URI", "inputs and outputs", "file:DIR/blobs"},
          [](auto& s) -> auto& { return s.storage; }),
      string_option(
          {"jobs", "URI", "tasks", "sqlite:DIR/jobs.db"}, [](auto& s) -> auto& { return s.job_store; }),
      string_option(
          {"accounts", "URI", "accounts", "sqlite:DIR/accounts.db"},
          [](auto& s) -> auto& { return s.account_store; }),
      choice_option({"durability", "power|process",
                     "what an answer survives: a loss of power, or the death of processes only "
                     "(a URI says its own)"},
                    [](auto& s) -> auto& { return s.durability; },
                    {{"power", Durability::power}, {"process", Durability::process}}),
      path_option(
          {"secret-file", "FILE",
           "secrets of your own, one a line, of at least 32 bytes: the first signs tokens and links",
           "DIR/secrets, made at the first start"},
          [](auto& s) -> auto& { return s.secret_file; }),
      choice_option({"log", "info|warning|error",
                     "what is written to the standard error output; at info a "
                     "line for each request but /healthz"},
                    [](auto& s) -> auto& { return s.log_level; },
                    {{"info", Level::info}, {"warning", Level::warning}, {"error", Level::error}}),
      duration_option(
          {"grace", "TIME", "how long a stop waits for what was begun"},
          [](auto& s) -> auto& { return s.shutdown_timeout; }, std::chrono::milliseconds(0)),
  };
}

}  // namespace convertd
