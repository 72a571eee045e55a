// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <vector>

#include "engine/housekeeping.hpp"
#include "engine/keys.hpp"
#include "io/fault_point.hpp"

namespace convert::engine {
namespace {

/// Large, since a Storage may have to look at all keys for each page.
constexpr std::size_t kOrphanPage = 10'000;

/// Of a page of blobs, those old enough to have been taken by a job if any ever takes them. By the clock of
/// this host: the Storage's is not known.
std::vector<Key> old_ones(const std::vector<Blob>& page, std::chrono::milliseconds age) {
  const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  std::vector<Key> keys;
  for (const Blob& blob : page) {
    if (now - blob.time >= age) keys.push_back(blob.key);
  }
  return keys;
}

/// Whether a claim that holds may still name the blob in its `Completed`: some outputs are ready long before
/// their job is.
Result<bool> is_being_made(Core& core, const Key& key) {
  const auto claim = claim_of(key);
  if (!claim) return false;
  auto job = core.store().find(claim->id);
  if (job) return job->state == JobState::running && job->token == claim->token;
  if (job.error().code == Errc::not_found) return false;
  return std::move(job).error();
}

Result<std::vector<Key>> orphans_among(Core& core, const std::vector<Key>& keys) {
  if (keys.empty()) return keys;
  auto unused = core.store().unused(keys);
  if (!unused) return unused;
  std::vector<Key> left;
  for (const Key& key : *unused) {
    auto being_made = is_being_made(core, key);
    if (!being_made) return std::move(being_made).error();
    if (!*being_made) left.push_back(key);
  }
  // Asked again: a job may have got them since. Those that it has not got now are nobody's for ever.
  return left.empty() ? left : core.store().unused(left);
}

Result<void> remove_orphans_among(Core& core, const std::vector<Key>& keys, const std::stop_token& stop) {
  auto orphans = orphans_among(core, keys);
  if (!orphans) return std::move(orphans).error();
  for (const Key& key : *orphans) {
    if (stop.stop_requested()) return {};
    CONVERT_FAULT_POINT("engine.orphan");
    if (auto removed = core.storage().remove(key); !removed) return removed;
    core.log.info(0, fmt::format("The blob {} belonged to no job and was removed.", key));
  }
  return {};
}

Result<void> remove_orphans_below(Core& core, std::string_view prefix, const std::stop_token& stop) {
  Key after;
  while (!stop.stop_requested()) {
    auto page = core.storage().list(prefix, after, kOrphanPage);
    if (!page) return std::move(page).error();
    const auto old = old_ones(*page, core.options.retention.orphans);
    if (auto removed = remove_orphans_among(core, old, stop); !removed) return removed;
    if (page->size() < kOrphanPage) break;
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
