// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <span>

#include <convert/engine.hpp>

namespace convert::server::api {

/// The table of formats, and what it belongs to. Empty while the Engine has not started.
class KnownFormats {
 public:
  explicit KnownFormats(const Engine& engine) : execution_(engine.execution()) {}

  explicit operator bool() const noexcept { return execution_ != nullptr; }
  std::span<const Format> rows() const noexcept {
    return execution_ ? execution_->formats() : std::span<const Format>();
  }
  const Execution& execution() const noexcept { return *execution_; }

 private:
  std::shared_ptr<const Execution> execution_;
};

}  // namespace convert::server::api
