// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <string>

#include <convert/engine.hpp>
#include <convert/execution.hpp>
#include <convert/server/http.hpp>

#include "api/support/services.hpp"

namespace convert::server::api {

/// The formats of the Engine's Execution. Empty before the Engine has started.
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

/// The list of formats as JSON, rendered once for each Execution. Thread-safe.
class FormatListCache {
 public:
  struct Text {
    std::shared_ptr<const std::string> json;
    std::string tag;  ///< its ETag
  };
  Text get(const std::shared_ptr<Execution>& execution);

 private:
  std::mutex mutex_;
  std::weak_ptr<Execution> execution_;
  Text text_;
};

}  // namespace convert::server::api
