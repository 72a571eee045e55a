// SPDX-License-Identifier: MIT
#include "engine/submission.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "engine/result_reuse.hpp"
#include "engine/blob_keys.hpp"
#include "engine/spec_check.hpp"
#include "engine/upload.hpp"
#include "base/fault_point.hpp"

namespace convert::engine {
namespace {

std::string fingerprint_of(const EngineContext& context, const JobRequest& request, const OutputSpec& spec) {
  if (!context.options.reuse_results) return {};
  return fingerprint(request.owner, request.inputs, spec, context.formats());
}

/// An input is what `upload` made: nobody reaches another job's outputs, or anything else, by its key.
Result<void> check_uploaded(std::span<const JobInput> inputs) {
  for (const JobInput& input : inputs) {
    if (is_input_key(input.key)) continue;
    return Error{Errc::invalid_argument,
                 fmt::format("inputs: \"{}\" was not made by Engine::upload. Upload it first.", input.name)};
  }
  return {};
}

/// Removes inputs of a job that was not recorded. Where that is in doubt, housekeeping decides later.
void discard_uploaded(EngineContext& context, const std::vector<JobInput>& inputs) {
  if (const auto gone = discard(context, inputs); !gone) {
    context.log.warning(
        0, fmt::format("Inputs that no job has got are removed later: {}", gone.error().message));
  }
}

}  // namespace

Result<Job> submit(EngineContext& context, JobRequest request) {
  auto spec = normalize_spec(std::move(request.spec), context.formats());
  if (!spec) return std::move(spec).error();
  request.spec = std::move(*spec);
  if (auto usable = check_uploaded(request.inputs); !usable) return std::move(usable).error();
  request.fingerprint = fingerprint_of(context, request, request.spec);
  CONVERT_FAULT_POINT("engine.before_insert");
  auto job = context.store().insert(request);
  if (!job) return job;
  CONVERT_FAULT_POINT("engine.inserted");
  context.subscriptions.changed(job->revision);
  context.announce(*job);
  return job;
}

Result<Job> submit(EngineContext& context, JobRequest request, std::span<const Input> inputs) {
  if (!request.inputs.empty()) {
    return Error{Errc::invalid_argument, "inputs: give either those that were uploaded, or those to upload."};
  }
  // A spec that is refused costs no upload.
  if (auto spec = normalize_spec(request.spec, context.formats()); !spec) return std::move(spec).error();
  std::vector<JobInput> uploaded;
  for (const Input& input : inputs) {
    auto done = upload_all(context.storage(), context.options.limits.input_bytes, input);
    if (!done) {
      discard_uploaded(context, uploaded);
      return std::move(done).error();
    }
    uploaded.push_back(std::move(*done));
  }
  request.inputs = uploaded;
  auto job = submit(context, std::move(request));
  if (!job) discard_uploaded(context, uploaded);
  return job;
}

Result<void> discard(EngineContext& context, std::span<const JobInput> inputs) {
  if (auto ours = check_uploaded(inputs); !ours) return ours;
  std::vector<Key> keys;
  for (const JobInput& input : inputs) keys.push_back(input.key);
  if (keys.empty()) return {};
  auto unreferenced = context.store().unreferenced(keys);
  if (!unreferenced) return std::move(unreferenced).error();
  Result<void> all;
  for (const Key& key : *unreferenced) {
    CONVERT_FAULT_POINT("engine.before_drop");
    if (auto removed = context.storage().remove(key); !removed && all) all = std::move(removed);
  }
  return all;
}

Result<Job> replace(EngineContext& context, JobId id, const OutputSpec& spec) {
  auto normalized = normalize_spec(spec, context.formats());
  if (!normalized) return std::move(normalized).error();
  auto job = context.store().find(id);
  if (!job) return job;
  auto new_fingerprint = fingerprint_of(context, job->request, *normalized);
  CONVERT_FAULT_POINT("engine.before_replace");
  auto now = context.apply(id, event::Replaced{std::move(*normalized), std::move(new_fingerprint)});
  if (!now) return now;
  context.claims.mark_lost_up_to(now->claim());
  context.announce(*now);
  return now;
}

}  // namespace convert::engine
