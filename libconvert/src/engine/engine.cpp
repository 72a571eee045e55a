// SPDX-License-Identifier: MIT
#include <convert/engine.hpp>

#include <memory>
#include <mutex>
#include <stop_token>
#include <utility>

#include "base/try.hpp"
#include "engine/engine_context.hpp"
#include "engine/engine_threads.hpp"
#include "engine/housekeeping.hpp"
#include "engine/submission.hpp"

namespace convert {

namespace {

Result<std::shared_ptr<Execution>> open_execution(const EngineOptions& options) {
  if (!options.open_execution) return default_execution();
  auto opened = options.open_execution();
  if (opened && !*opened) {
    return Error{Errc::internal, "EngineOptions::open_execution returned neither an Execution nor an error."};
  }
  return opened;
}

}  // namespace

struct Engine::State {
  explicit State(EngineOptions options) : context(engine::with_defaults(std::move(options))) {}

  std::mutex starting;  // serialises start and stop
  std::unique_ptr<engine::EngineThreads> threads;
  engine::EngineContext context;  // destroyed first: waits for a callback, which may use the other members
};

Engine::Engine(EngineOptions options) : state_(std::make_unique<State>(std::move(options))) {}

Engine::~Engine() { stop(); }

Result<std::unique_ptr<Upload>> Engine::upload(UploadOptions options) {
  return engine::start_upload(state_->context.storage(), state_->context.options.limits.input_bytes,
                              options.max_hashed_bytes);
}

Result<void> Engine::discard(std::span<const JobInput> inputs) {
  return engine::discard(state_->context, inputs);
}

Result<OutputSpec> Engine::check_spec(OutputSpec spec) const {
  return engine::normalize_spec(std::move(spec), state_->context.formats());
}

Result<Job> Engine::submit(JobRequest request) { return engine::submit(state_->context, std::move(request)); }

Result<Job> Engine::submit(JobRequest request, std::span<const Input> inputs) {
  return engine::submit(state_->context, std::move(request), inputs);
}

Result<Job> Engine::find(JobId id) const {
  auto job = state_->context.store().find(id);
  if (!job || job->state != JobState::running) return job;
  // The progress of a job that runs here is newer than its last heartbeat.
  if (const auto progress = state_->context.claims.progress(job->claim())) job->progress = *progress;
  return job;
}

Result<std::vector<Job>> Engine::list(const JobFilter& filter) const {
  return state_->context.store().list(filter);
}

Result<Job> Engine::cancel(JobId id) {
  auto job = state_->context.apply(id, event::Cancelled{});
  if (job) state_->context.claims.mark_lost_up_to(job->claim());
  return job;
}

Result<Job> Engine::retry(JobId id) {
  auto job = state_->context.apply(id, event::Retried{});
  if (job) state_->context.announce(*job);
  return job;
}

Result<Job> Engine::replace(JobId id, const OutputSpec& spec) {
  return engine::replace(state_->context, id, spec);
}

Result<void> Engine::remove(JobId id) { return state_->context.remove(id); }

Result<std::unique_ptr<Reader>> Engine::open(const JobInput& input) const {
  return state_->context.storage().open(input.key);
}

Result<std::unique_ptr<Reader>> Engine::open(const JobOutput& output) const {
  return state_->context.storage().open(output.key);
}

Result<std::string> Engine::signed_url(const JobInput& input, DownloadUrl request) const {
  if (request.file_name.empty()) request.file_name = input.name;
  return state_->context.storage().signed_url(input.key, request);
}

Result<std::string> Engine::signed_url(const JobOutput& output, DownloadUrl request) const {
  if (request.file_name.empty()) request.file_name = output.name;
  if (request.content_type.empty()) request.content_type = output.content_type;
  return state_->context.storage().signed_url(output.key, request);
}

Subscription Engine::watch(JobId id, std::function<void(const Job&)> callback) {
  return state_->context.subscriptions.watch(id, std::move(callback));
}

Subscription Engine::watch_all(std::function<void(const Job&)> callback) {
  return state_->context.subscriptions.watch_all(std::move(callback));
}

Subscription Engine::watch_changes(std::function<void(std::span<const Change>)> callback) {
  return state_->context.subscriptions.watch_changes(std::move(callback));
}

std::future<Job> Engine::finished(JobId id) { return state_->context.subscriptions.finished(id); }

Result<std::vector<Change>> Engine::changes(Revision after, std::size_t max) const {
  return state_->context.store().changes(after, max);
}

Result<std::vector<Change>> Engine::changes(JobId id, Revision after, std::size_t max) const {
  return state_->context.store().job_changes(id, after, max);
}

Result<Revision> Engine::last_revision() const { return state_->context.store().last_revision(); }

Result<Statistics> Engine::statistics() const { return state_->context.store().statistics(); }

Result<Usage> Engine::usage(std::string_view owner) const { return state_->context.store().usage(owner); }

Result<void> Engine::start() {
  const std::scoped_lock lock(state_->starting);
  if (state_->threads) return {};
  if (!state_->context.execution()) {
    CONVERT_TRY_ASSIGN(auto opened, open_execution(state_->context.options));
    state_->context.execution(std::move(opened));
  }
  state_->threads = std::make_unique<engine::EngineThreads>(state_->context);
  return {};
}

void Engine::stop(std::chrono::milliseconds grace) {
  const std::scoped_lock lock(state_->starting);
  if (!state_->threads) return;
  state_->threads->close(grace);
  state_->threads.reset();
}

const Limits& Engine::limits() const noexcept { return state_->context.options.limits; }

std::shared_ptr<Execution> Engine::execution() const { return state_->context.execution(); }

std::span<const Format> Engine::formats() const noexcept { return state_->context.formats(); }

Result<void> Engine::backends_ready() const {
  const engine::EngineContext& context = state_->context;
  CONVERT_TRY(context.store().ready());
  CONVERT_TRY(context.storage().ready());
  return context.options.queue->ready();
}

Result<void> Engine::ready() const {
  const engine::EngineContext& context = state_->context;
  CONVERT_TRY(context.store().ready());
  CONVERT_TRY(context.storage().ready());
  const auto execution = context.execution();
  if (!execution) {
    return Error{Errc::unavailable, "The engine is not started, or is still starting. Try again.", true};
  }
  return execution->ready();
}

Result<void> Engine::sweep() {
  const std::stop_token never;
  CONVERT_TRY(engine::expire_leases(state_->context));
  CONVERT_TRY(engine::apply_retention(state_->context, never));
  CONVERT_TRY(engine::remove_orphans(state_->context, never));
  return engine::remove_unfinished(state_->context);
}

}  // namespace convert
