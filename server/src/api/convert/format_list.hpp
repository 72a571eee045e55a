// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <string>

#include <convert/engine.hpp>
#include <convert/execution.hpp>
#include <convert/server/http.hpp>

#include "api/support/problems.hpp"
#include "api/support/services.hpp"

namespace convert::server::api {

/// The formats that tasks can use. Empty before the Engine has started, unless its options name them.
class KnownFormats {
 public:
  explicit KnownFormats(const Engine& engine) : rows_(engine.formats()) {}

  explicit operator bool() const noexcept { return !rows_.empty(); }
  std::span<const Format> rows() const noexcept { return rows_; }

 private:
  std::span<const Format> rows_;
};

/// The Execution of this host, for probes, plans and streaming conversions. Problem: 503, because it is still
/// starting, or because only other hosts convert.
Outcome<std::shared_ptr<const Execution>> local_execution(const Services& services);

/// The list of formats as JSON, rendered again only if they have changed. Thread-safe.
class FormatListCache {
 public:
  struct Text {
    std::shared_ptr<const std::string> json;
    std::string tag;  ///< its ETag
  };
  Text get(std::span<const Format> formats);

 private:
  std::mutex mutex_;
  const Format* formats_ = nullptr;  // those that `text_` lists
  Text text_;
};

}  // namespace convert::server::api
