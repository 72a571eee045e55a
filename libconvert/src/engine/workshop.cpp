// SPDX-License-Identifier: MIT
#include "engine/workshop.hpp"

#include <fmt/format.h>

#include "engine/housekeeping.hpp"

namespace convert::engine {

Workshop::Workshop(Core& core)
    : core_(core),
      heartbeat_(core),
      orders_(core),
      slots_(core),
      dispatcher_(core, slots_),
      sweeper_(core.options.sweep, [this](const std::stop_token&) { sweep(); }),
      cleaner_(core.options.cleaning, [this](const std::stop_token& stop) { clean(stop); }) {
  slots_.hint();  // what was left, or submitted before
}

Workshop::~Workshop() {
  slots_.close();
  core_.claims.release_all();
}

void Workshop::close(std::chrono::milliseconds grace) {
  slots_.close();
  slots_.wait_until_idle(grace);
}

void Workshop::sweep() {
  if (auto expired = expire_leases(core_); !expired) {
    core_.log.warning(0, fmt::format("Lapsed leases can't be looked for: {}", expired.error().message));
  }
  slots_.hint();
}

void Workshop::clean(const std::stop_token& stop) {
  if (auto retired = retire(core_, stop); !retired) {
    core_.log.warning(0, fmt::format("Retention has to wait: {}", retired.error().message));
  }
  if (auto removed = remove_orphans(core_, stop); !removed) {
    core_.log.warning(0, fmt::format("Orphans have to wait: {}", removed.error().message));
  }
}

}  // namespace convert::engine
