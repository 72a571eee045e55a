// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include <convert/engine.hpp>
#include <convert/sandbox.hpp>
#include <convert/server/server.hpp>
#include <convert/storage.hpp>

#include "options/option_values.hpp"

namespace convertd {

/// All that the options say. What is left empty is filled in by whoever uses it.
struct Settings {
  std::filesystem::path data{};
  std::filesystem::path config{};  ///< empty: convertd.conf in `data`, if it is there
  std::vector<Endpoint> listen{{"127.0.0.1", 8080}};
  std::string storage{};                                        ///< a URI; empty: in `data`
  std::string job_store{};                                      ///< likewise
  std::string account_store{};                                  ///< likewise
  convert::Durability durability = convert::Durability::power;  ///< of those that are in `data`
  std::filesystem::path secret_file{};                          ///< empty: in `data`
  unsigned http_threads = 0;                                    ///< 0: one for each core, at most 4
  std::chrono::milliseconds shutdown_timeout{30'000};
  convert::LogLine::Level log_level = convert::LogLine::Level::info;

  convert::SandboxOptions sandbox{};
  convert::EngineOptions engine{};
  convert::server::ServerOptions server{};
};

}  // namespace convertd
