// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <vector>

#include "engine/housekeeping.hpp"
#include "engine/keys.hpp"
#include "io/fault_point.hpp"

namespace convert::engine {
namespace {

constexpr std::size_t kPage = 500;

/// Of a page of blobs, those old enough to have been taken by a job if any ever takes them. By the clock of
/// this host: the Storage's is not known.
std::vector<Key> old_ones(const std::vector<Blob>& page, std::chrono::milliseconds age) {
  const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  std::vector<Key> keys;
  for (const Blob& blob : page) {
    if (blob.time + age <= now) keys.push_back(blob.key);
  }
  return keys;
}

Result<void> remove_unused(Core& core, const std::vector<Key>& keys) {
  if (keys.empty()) return {};
  auto unused = core.store().unused(keys);
  if (!unused) return std::move(unused).error();
  for (const Key& key : *unused) {
    CONVERT_FAULT_POINT("engine.orphan");
    if (auto removed = core.storage().remove(key); !removed) return removed;
    core.log.info(0, fmt::format("The blob {} belonged to no job and was removed.", key));
  }
  return {};
}

Result<void> remove_orphans_below(Core& core, std::string_view prefix, const std::stop_token& stop) {
  Key after;
  while (!stop.stop_requested()) {
    auto page = core.storage().list(prefix, after, kPage);
    if (!page) return std::move(page).error();
    if (auto removed = remove_unused(core, old_ones(*page, core.options.retention.orphans)); !removed) {
      return removed;
    }
    if (page->size() < kPage) break;
    after = page->back().key;
  }
  return {};
}

}  // namespace

Result<void> remove_orphans(Core& core, const std::stop_token& stop) {
  if (auto removed = remove_orphans_below(core, kInputs, stop); !removed) return removed;
  return remove_orphans_below(core, kOutputs, stop);
}

}  // namespace convert::engine
