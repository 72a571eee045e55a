// SPDX-License-Identifier: MIT
#pragma once

#include <convert/server/router.hpp>
#include <cstdint>
#include <span>
#include <string_view>

#include "api/authentication.hpp"
#include "api/guard.hpp"
#include "api/services.hpp"

namespace convert::server::api {

/// One route of the API.
struct Row {
  Method method;
  std::string_view pattern;
  ApiHandler handler;
  Access access = Access::caller;
  Counted counted = Counted::usual;
  std::uint64_t body_bytes = 0;  ///< the most that its body may have; 0: what fields may have
  bool streams = false;          ///< its answer may begin before its body has ended
};

/// Every route: the table.
std::span<const Row> rows() noexcept;

/// A Router that answers them. `services` outlives it.
Router routes(Services& services);

}  // namespace convert::server::api
