// SPDX-License-Identifier: MIT
#include "api/convert/format_list.hpp"

#include <convert/json.hpp>

#include "api/support/text_tag.hpp"

namespace convert::server::api {

FormatListCache::Text FormatListCache::get(const std::shared_ptr<Execution>& execution) {
  const std::scoped_lock lock(mutex_);
  if (execution_.lock() != execution) {
    text_.json = std::make_shared<const std::string>(to_json(execution->formats()));
    text_.tag = text_tag(*text_.json);
    execution_ = execution;
  }
  return text_;
}

}  // namespace convert::server::api
