// SPDX-License-Identifier: MIT
#include "engine/readiness.hpp"

#include <utility>

namespace convert::engine {
namespace {

/// Asked for what nobody has, who answers says so.
template <class T>
Result<void> is_reachable(Result<T> result) {
  if (result || result.error().code == Errc::not_found) return {};
  return std::move(result).error();
}

}  // namespace

Result<void> check_ready(const EngineContext& context) {
  if (auto store = is_reachable(context.store().find(0)); !store) return store;
  if (auto storage = context.storage().ready(); !storage) return storage;
  const auto execution = context.execution();
  if (!execution) {
    return Error{Errc::unavailable,
                 "Nothing runs jobs here: the Engine was not started, or is starting. Try again.", true};
  }
  return execution->ready();
}

}  // namespace convert::engine
