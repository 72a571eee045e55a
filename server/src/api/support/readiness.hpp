// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <convert/result.hpp>
#include <convert/server/http.hpp>

#include "api/support/problems.hpp"

namespace convert::server::api {

/// The answer to /readyz.
struct Readiness {
  bool draining = false;                                    ///< the server is about to stop
  std::vector<std::pair<std::string_view, bool>> checks{};  ///< what was checked, and whether it works
};

/// 200 if everything works; else 503 with the checks. Not cached.
Outcome<Response> readiness_response(const Readiness& readiness);

}  // namespace convert::server::api
