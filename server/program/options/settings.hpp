// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <convert/engine.hpp>
#include <convert/sandbox.hpp>
#include <convert/server/server.hpp>
#include <convert/storage.hpp>

#include "options/option_values.hpp"

namespace convertd {

enum class LogFormat : std::uint8_t { text, json };

/// What a host does.
enum class Role : std::uint8_t {
  all,     ///< serves the API and runs the tasks
  api,     ///< serves the API; workers on other hosts run the tasks
  worker,  ///< runs tasks; serves health checks only
};

/// The values of all options.
struct Settings {
  std::filesystem::path data{};
  std::filesystem::path config{};  ///< empty: convertd.conf in `data`, if it exists
  std::vector<Endpoint> listen{{"127.0.0.1", 8080}};
  Role role = Role::all;
  std::string database{};       ///< a URI: the default of `job_store`, `account_store`, `queue`
  std::string storage{};        ///< a URI; empty: a folder in `data`
  std::string job_store{};      ///< a URI; empty: `database`, else a file in `data`
  std::string account_store{};  ///< a URI; empty: `database`, else a file in `data`
  std::string queue{};          ///< a URI; empty: that of the job store if it is on a server, else in memory
  convert::Durability durability = convert::Durability::power;  ///< of the stores in `data`
  std::filesystem::path secret_file{};                          ///< empty: `secrets`, else a file in `data`
  std::string secrets{};                            ///< one or several, separated by commas or white space
  unsigned http_threads = 0;                        ///< 0: one per core, at most 4
  unsigned workers_ready = 0;                       ///< of an API host
  std::chrono::milliseconds start_timeout{60'000};  ///< for backends that cannot be reached
  std::chrono::milliseconds drain_time{0};          ///< before the listeners close
  std::chrono::milliseconds shutdown_timeout{30'000};
  convert::LogLine::Level log_level = convert::LogLine::Level::info;
  LogFormat log_format = LogFormat::text;

  convert::SandboxOptions sandbox{};
  convert::EngineOptions engine{};
  convert::server::ServerOptions server{};
};

}  // namespace convertd
