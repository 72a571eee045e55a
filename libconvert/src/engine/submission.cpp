// SPDX-License-Identifier: MIT
#include "engine/submission.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "engine/fingerprint.hpp"
#include "engine/keys.hpp"
#include "engine/spec_check.hpp"
#include "engine/upload.hpp"
#include "io/fault_point.hpp"

namespace convert::engine {
namespace {

std::string fingerprint_of(const Core& core, const JobRequest& request, const OutputSpec& spec) {
  if (!core.options.reuse_results) return {};
  return fingerprint(request.owner, request.inputs, spec, core.formats());
}

/// An input is what `upload` made: nobody reaches another job's outputs, or anything else, by its key.
Result<void> check_inputs(std::span<const JobInput> inputs) {
  for (const JobInput& input : inputs) {
    if (is_input_key(input.key)) continue;
    return Error{Errc::invalid_argument,
                 fmt::format("inputs: \"{}\" was not made by Engine::upload. Upload it first.", input.name)};
  }
  return {};
}

/// Removes inputs of a job that was not recorded. Where that is in doubt, housekeeping decides later.
void take_back(Core& core, const std::vector<JobInput>& inputs) {
  if (const auto gone = discard(core, inputs); !gone) {
    core.log.warning(0,
                     fmt::format("Inputs that no job has got are removed later: {}", gone.error().message));
  }
}

}  // namespace

Result<Job> submit(Core& core, JobRequest request) {
  auto spec = checked(std::move(request.spec), core.formats());
  if (!spec) return std::move(spec).error();
  request.spec = std::move(*spec);
  if (auto usable = check_inputs(request.inputs); !usable) return std::move(usable).error();
  request.fingerprint = fingerprint_of(core, request, request.spec);
  CONVERT_FAULT_POINT("engine.before_insert");
  auto job = core.store().insert(request);
  if (!job) return job;
  CONVERT_FAULT_POINT("engine.inserted");
  core.watchers.changed(job->revision);
  core.announce(*job);
  return job;
}

Result<Job> submit(Core& core, JobRequest request, std::span<const Input> inputs) {
  if (!request.inputs.empty()) {
    return Error{Errc::invalid_argument, "inputs: give either those that were uploaded, or those to upload."};
  }
  // A spec that is refused costs no upload.
  if (auto spec = checked(request.spec, core.formats()); !spec) return std::move(spec).error();
  std::vector<JobInput> uploaded;
  for (const Input& input : inputs) {
    auto done = upload_all(core.storage(), core.options.limits.input_bytes, input);
    if (!done) {
      take_back(core, uploaded);
      return std::move(done).error();
    }
    uploaded.push_back(std::move(*done));
  }
  request.inputs = uploaded;
  auto job = submit(core, std::move(request));
  if (!job) take_back(core, uploaded);
  return job;
}

Result<void> discard(Core& core, std::span<const JobInput> inputs) {
  if (auto ours = check_inputs(inputs); !ours) return ours;
  std::vector<Key> keys;
  for (const JobInput& input : inputs) keys.push_back(input.key);
  if (keys.empty()) return {};
  auto unused = core.store().unused(keys);
  if (!unused) return std::move(unused).error();
  Result<void> all;
  for (const Key& key : *unused) {
    CONVERT_FAULT_POINT("engine.before_drop");
    if (auto removed = core.storage().remove(key); !removed && all) all = std::move(removed);
  }
  return all;
}

Result<Job> replace(Core& core, JobId id, const OutputSpec& spec) {
  auto wanted = checked(spec, core.formats());
  if (!wanted) return std::move(wanted).error();
  auto job = core.store().find(id);
  if (!job) return job;
  auto print = fingerprint_of(core, job->request, *wanted);
  CONVERT_FAULT_POINT("engine.before_replace");
  auto now = core.apply(id, event::Replaced{std::move(*wanted), std::move(print)});
  if (!now) return now;
  core.claims.lost_up_to(now->claim());
  core.announce(*now);
  return now;
}

}  // namespace convert::engine
