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

/// The values of all options.
struct Settings {
  std::filesystem::path data{};
  std::filesystem::path config{};  ///< empty: convertd.conf in `data`, if it exists
  std::vector<Endpoint> listen{{"127.0.0.1", 8080}};
  std::string storage{};                                        ///< a URI; empty: a folder in `data`
  std::string job_store{};                                      ///< a URI; empty: a file in `data`
  std::string account_store{};                                  ///< a URI; empty: a file in `data`
  convert::Durability durability = convert::Durability::power;  ///< of the stores in `data`
  std::filesystem::path secret_file{};                          ///< empty: a file in `data`
  unsigned http_threads = 0;                                    ///< 0: one per core, at most 4
  std::chrono::milliseconds shutdown_timeout{30'000};
  convert::LogLine::Level log_level = convert::LogLine::Level::info;
  LogFormat log_format = LogFormat::text;

  convert::SandboxOptions sandbox{};
  convert::EngineOptions engine{};
  convert::server::ServerOptions server{};
};

}  // namespace convertd
