// SPDX-License-Identifier: MIT
#pragma once

#include <convert/execution.hpp>
#include <memory>
#include <mutex>
#include <string>

namespace convert::server::api {

/// The list of formats as JSON, made once for each Execution. Thread-safe.
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
