// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <vector>

#include "engine/housekeeping.hpp"
#include "engine/blob_keys.hpp"
#include "base/fault_point.hpp"

namespace convert::engine {
namespace {

/// Large, since a Storage may have to look at all keys for each page.
constexpr std::size_t kBlobsPerPage = 10'000;

/// Of a page of blobs, those old enough to have been taken by a job if any ever takes them. By the clock of
/// this host: the Storage's is not known.
std::vector<Key> older_than(const std::vector<Blob>& page, std::chrono::milliseconds age) {
  const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  std::vector<Key> keys;
  for (const Blob& blob : page) {
    if (now - blob.time >= age) keys.push_back(blob.key);
  }
  return keys;
}

/// Whether a claim that holds may still name the blob in its `Completed`: some outputs are ready long before
/// their job is.
Result<bool> is_being_written(EngineContext& context, const Key& key) {
  const auto claim = parse_output_key(key);
  if (!claim) return false;
  auto job = context.store().find(claim->id);
  if (job) return job->state == JobState::running && job->token == claim->token;
  if (job.error().code == Errc::not_found) return false;
  return std::move(job).error();
}

Result<std::vector<Key>> find_orphans(EngineContext& context, const std::vector<Key>& keys) {
  if (keys.empty()) return keys;
  auto unreferenced = context.store().unreferenced(keys);
  if (!unreferenced) return unreferenced;
  std::vector<Key> candidates;
  for (const Key& key : *unreferenced) {
    auto being_written = is_being_written(context, key);
    if (!being_written) return std::move(being_written).error();
    if (!*being_written) candidates.push_back(key);
  }
  // Asked again: a job may have got them since. Those that it has not got now are nobody's for ever.
  return candidates.empty() ? candidates : context.store().unreferenced(candidates);
}

Result<void> remove_orphans_among(EngineContext& context, const std::vector<Key>& keys,
                                  const std::stop_token& stop) {
  auto orphans = find_orphans(context, keys);
  if (!orphans) return std::move(orphans).error();
  for (const Key& key : *orphans) {
    if (stop.stop_requested()) return {};
    CONVERT_FAULT_POINT("engine.orphan");
    if (auto removed = context.storage().remove(key); !removed) return removed;
    context.log.info(0, fmt::format("The blob {} belonged to no job and was removed.", key));
  }
  return {};
}

Result<void> remove_orphans_below(EngineContext& context, std::string_view prefix,
                                  const std::stop_token& stop) {
  Key after;
  while (!stop.stop_requested()) {
    auto page = context.storage().list(prefix, after, kBlobsPerPage);
    if (!page) return std::move(page).error();
    const auto old = older_than(*page, context.options.retention.orphans);
    if (auto removed = remove_orphans_among(context, old, stop); !removed) return removed;
    if (page->size() < kBlobsPerPage) break;
    after = page->back().key;
  }
  return {};
}

}  // namespace

Result<void> remove_orphans(EngineContext& context, const std::stop_token& stop) {
  if (auto removed = remove_orphans_below(context, kInputPrefix, stop); !removed) return removed;
  return remove_orphans_below(context, kOutputPrefix, stop);
}

}  // namespace convert::engine
