// SPDX-License-Identifier: MIT
#include "engine/result_reuse.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include <convert/version.hpp>

#include "base/fault_point.hpp"
#include "conversion/format_lookup.hpp"
#include "engine/crypto.hpp"

namespace convert::engine {
namespace {

/// Adds the length first, so that different lists of texts give different bytes.
void add(Sha256& sha256, std::string_view text) {
  sha256.add(fmt::format("{}:", text.size()));
  sha256.add(text);
}

bool names_affect_results(std::span<const JobInput> inputs, const OutputSpec& spec,
                          std::span<const Format> formats) {
  if (inputs.size() != 1) return true;
  const Format* format = find_format(formats, spec.format);
  return format == nullptr || format->family == Family::archive;
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

/// The first job of the same owner with the same fingerprint that has succeeded and still has its outputs.
std::optional<Job> find_duplicate(EngineContext& context, const Job& job) {
  if (!context.options.reuse_results || job.request.fingerprint.empty()) return {};
  JobFilter filter;
  filter.owner = job.request.owner;
  filter.states = {JobState::succeeded};
  filter.fingerprint = job.request.fingerprint;
  filter.has_outputs = true;
  filter.max = 1;
  auto found = context.store().list(filter);
  if (!found || found->empty()) return {};
  return std::move(found->front());
}

}  // namespace

std::string fingerprint(const std::string& owner, std::span<const JobInput> inputs, const OutputSpec& spec,
                        std::span<const Format> formats) {
  Sha256 sha256;
  add(sha256, version());
  add(sha256, owner);
  add(sha256, to_json(spec));
  const bool use_whole_names = names_affect_results(inputs, spec, formats);
  for (const JobInput& input : inputs) {
    if (input.sha256.empty()) return {};
    add(sha256, input.sha256);
    add(sha256, use_whole_names ? input.name : std::filesystem::path(input.name).extension().string());
  }
  return sha256.hex();
}

void rename_results(std::vector<JobOutput>& outputs, std::vector<Warning>& warnings, const std::string& from,
                    const std::string& to, std::span<const Format> formats) {
  if (from == to) return;
  const std::string old_base = conversion::file_stem(formats, from);
  const std::string new_base = conversion::file_stem(formats, to);
  for (JobOutput& output : outputs) {
    if (output.name.starts_with(old_base)) output.name.replace(0, old_base.size(), new_base);
  }
  for (Warning& warning : warnings) {
    replace_all(warning.message, fmt::format("\"{}\"", from), fmt::format("\"{}\"", to));
  }
}

std::optional<event::Completed> reuse_duplicate(EngineContext& context, const RunningJob& running,
                                                JobOutputs& outputs) {
  const Job& job = running.job();
  auto duplicate = find_duplicate(context, job);
  if (!duplicate) return {};
  rename_results(duplicate->outputs, duplicate->warnings, duplicate->request.inputs.front().name,
                 job.request.inputs.front().name, context.formats());
  // They may be removed meanwhile: then the job converts.
  if (!outputs.copy(duplicate->outputs)) {
    context.remove_blobs(job.id, outputs.keys());
    outputs.clear();
    return {};
  }
  CONVERT_FAULT_POINT("engine.reused");
  context.log.info(job.id,
                   fmt::format("Copied the results of job {}, which did the same work.", duplicate->id));
  auto finished = outputs.collect({});
  if (!finished) return {};
  return event::Completed{job.token, std::move(*finished), std::move(duplicate->warnings)};
}

}  // namespace convert::engine
