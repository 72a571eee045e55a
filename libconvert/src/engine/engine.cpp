// SPDX-License-Identifier: MIT
#include <convert/engine.hpp>

#include <memory>
#include <mutex>
#include <stop_token>
#include <utility>

#include <convert/sandbox.hpp>

#include "engine/core.hpp"
#include "engine/housekeeping.hpp"
#include "engine/readiness.hpp"
#include "engine/spec_check.hpp"
#include "engine/submission.hpp"
#include "engine/upload.hpp"
#include "engine/workshop.hpp"

namespace convert {

namespace {

Result<std::shared_ptr<Execution>> open_execution(const EngineOptions& options) {
  if (!options.open_execution) {
    auto sandbox = Sandbox::start();
    if (!sandbox) return std::move(sandbox).error();
    return std::shared_ptr<Execution>(std::move(*sandbox));
  }
  auto opened = options.open_execution();
  if (opened && !*opened) {
    return Error{Errc::internal, "EngineOptions::open_execution gave neither an Execution nor an error."};
  }
  return opened;
}

}  // namespace

struct Engine::State {
  explicit State(EngineOptions options) : core(engine::completed(std::move(options))) {}

  std::mutex starting;  // one starts or stops at a time
  std::unique_ptr<engine::Workshop> workshop;
  engine::Core core;  // the first to end, as that waits for a callback, which may use the others
};

Engine::Engine(EngineOptions options) : state_(std::make_unique<State>(std::move(options))) {}

Engine::~Engine() { stop(); }

Result<std::unique_ptr<Upload>> Engine::upload(UploadOptions options) {
  return engine::start_upload(state_->core.storage(), state_->core.options.limits.input_bytes,
                              options.hash_up_to);
}

Result<void> Engine::discard(std::span<const JobInput> inputs) {
  return engine::discard(state_->core, inputs);
}

Result<OutputSpec> Engine::check(OutputSpec spec) const {
  return engine::checked(std::move(spec), state_->core.formats());
}

Result<Job> Engine::submit(JobRequest request) { return engine::submit(state_->core, std::move(request)); }

Result<Job> Engine::submit(JobRequest request, std::span<const Input> inputs) {
  return engine::submit(state_->core, std::move(request), inputs);
}

Result<Job> Engine::find(JobId id) const {
  auto job = state_->core.store().find(id);
  if (!job || job->state != JobState::running) return job;
  // What runs here is known to have gone further than the last heartbeat said.
  if (const auto progress = state_->core.claims.progress(job->claim())) job->progress = *progress;
  return job;
}

Result<std::vector<Job>> Engine::list(const JobFilter& filter) const {
  return state_->core.store().list(filter);
}

Result<Job> Engine::cancel(JobId id) {
  auto job = state_->core.apply(id, event::Cancelled{});
  if (job) state_->core.claims.lost_up_to(job->claim());
  return job;
}

Result<Job> Engine::retry(JobId id) {
  auto job = state_->core.apply(id, event::Retried{});
  if (job) state_->core.announce(*job);
  return job;
}

Result<Job> Engine::replace(JobId id, const OutputSpec& spec) {
  return engine::replace(state_->core, id, spec);
}

Result<void> Engine::remove(JobId id) { return state_->core.remove(id); }

Result<std::unique_ptr<Reader>> Engine::open(const JobInput& input) const {
  return state_->core.storage().open(input.key);
}

Result<std::unique_ptr<Reader>> Engine::open(const JobOutput& output) const {
  return state_->core.storage().open(output.key);
}

Result<std::string> Engine::address(const JobInput& input, std::chrono::milliseconds valid) const {
  return state_->core.storage().sign(input.key, valid);
}

Result<std::string> Engine::address(const JobOutput& output, std::chrono::milliseconds valid) const {
  return state_->core.storage().sign(output.key, valid);
}

Subscription Engine::watch(JobId id, std::function<void(const Job&)> told) {
  return state_->core.watchers.watch(id, std::move(told));
}

Subscription Engine::watch_all(std::function<void(const Job&)> told) {
  return state_->core.watchers.watch_all(std::move(told));
}

Subscription Engine::watch_changes(std::function<void(std::span<const Change>)> told) {
  return state_->core.watchers.watch_changes(std::move(told));
}

std::future<Job> Engine::finished(JobId id) { return state_->core.watchers.finished(id); }

Result<std::vector<Change>> Engine::changes(Revision after, std::size_t max) const {
  return state_->core.store().changes(after, max);
}

Result<Statistics> Engine::statistics() const { return state_->core.store().statistics(); }

Result<Usage> Engine::usage(std::string_view owner) const { return state_->core.store().usage(owner); }

Result<void> Engine::start() {
  const std::scoped_lock lock(state_->starting);
  if (state_->workshop) return {};
  if (!state_->core.execution()) {
    auto opened = open_execution(state_->core.options);
    if (!opened) return std::move(opened).error();
    state_->core.execution(std::move(*opened));
  }
  state_->workshop = std::make_unique<engine::Workshop>(state_->core);
  return {};
}

void Engine::stop(std::chrono::milliseconds grace) {
  const std::scoped_lock lock(state_->starting);
  if (!state_->workshop) return;
  state_->workshop->close(grace);
  state_->workshop.reset();
}

const Limits& Engine::limits() const noexcept { return state_->core.options.limits; }

std::shared_ptr<Execution> Engine::execution() const { return state_->core.execution(); }

Result<void> Engine::ready() const { return engine::ready(state_->core); }

Result<void> Engine::sweep() {
  const std::stop_token never;
  if (auto expired = engine::expire_leases(state_->core); !expired) return expired;
  if (auto retired = engine::retire(state_->core, never); !retired) return retired;
  return engine::remove_orphans(state_->core, never);
}

}  // namespace convert
