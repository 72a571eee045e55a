// SPDX-License-Identifier: MIT
#include "api/tasks/inputs.hpp"

#include "http/connection/blocking_pool.hpp"

namespace convert::server::api {

PendingInputs::~PendingInputs() {
  if (inputs_.empty()) return;
  services_.pool.post([&services = services_, inputs = std::move(inputs_)] {
    const auto discarded = services.engine.discard(inputs);
    if (discarded) return;
    services.log(LogLine::Level::warning,
                 "removing the files of a refused upload, which housekeeping does later: " +
                     discarded.error().message);
  });
}

}  // namespace convert::server::api
