// SPDX-License-Identifier: MIT
#include "engine/runner.hpp"

#include <fmt/format.h>

#include <exception>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "engine/conversion.hpp"
#include "engine/job_outputs.hpp"
#include "engine/random.hpp"
#include "engine/settle.hpp"
#include "io/fault_point.hpp"

namespace convert::engine {
namespace {

/// What a Storage or an Execution of the embedder's throws fails its own job only.
Result<event::Completed> make(Core& core, Running& running, JobOutputs& outputs) {
  try {
    return convert_job(core, running, outputs);
  } catch (const std::bad_alloc&) {
    return Error{Errc::unavailable, "There is not enough memory for now. Try again later.", true};
  } catch (const std::exception& exception) {
    return Error{Errc::internal, fmt::format("The conversion failed unexpectedly: {}.", exception.what())};
  }
}

/// Removes outputs that nobody will ever see.
void drop(Core& core, const Running& running, const JobOutputs& outputs) {
  const auto keys = outputs.keys();
  core.drop(running.job().id, keys);
}

void release(Core& core, const Running& running, const JobOutputs& outputs) {
  const auto settlement = settle(core, running, event::Released{running.job().token, {}});
  if (settlement.settled == Settled::applied) core.announce(settlement.job);
  drop(core, running, outputs);
}

/// A failure of this machine, of which its operator has to hear; others are the input's.
bool is_ours(Errc code) { return code == Errc::io || code == Errc::internal || code == Errc::unavailable; }

void fail(Core& core, const Running& running, const JobOutputs& outputs, Error error) {
  const Job& job = running.job();
  const auto wait = backoff(core.options.retry, job.attempt + 1, random_fraction());
  auto line =
      fmt::format("Attempt {} failed ({}): {}", job.attempt + 1, to_string(error.code), error.message);
  is_ours(error.code) ? core.log.warning(job.id, std::move(line)) : core.log.info(job.id, std::move(line));
  const auto settlement = settle(core, running, event::AttemptFailed{job.token, std::move(error), wait});
  if (settlement.job.state == JobState::queued && settlement.settled == Settled::applied) {
    core.announce(settlement.job);
  }
  drop(core, running, outputs);
}

void complete(Core& core, const Running& running, const JobOutputs& outputs, event::Completed done) {
  CONVERT_FAULT_POINT("engine.before_complete");
  auto settlement = settle(core, running, std::move(done));
  CONVERT_FAULT_POINT("engine.completed");
  switch (settlement.settled) {
    case Settled::applied:
      return;
    case Settled::refused:
      return drop(core, running, outputs);
    case Settled::rejected:
      return fail(core, running, outputs, std::move(settlement.error));
    case Settled::unknown:
      return;  // the outputs may be published: housekeeping knows better
  }
}

/// Ends the claim here, however the run ends.
class Held {
 public:
  Held(Core& core, const Running& running) : core_(core), claim_(running.job().claim()) {}
  ~Held() { core_.claims.remove(claim_); }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

 private:
  Core& core_;
  const Claim claim_;
};

}  // namespace

void run(Core& core, Running& running) {
  const Held held(core, running);
  JobOutputs outputs(core.storage(), running.job().claim());
  auto done = make(core, running, outputs);
  // Whatever error a conversion that was told to stop ends with, it is no word about the job.
  if (running.stop_reason() == StopReason::lost) return drop(core, running, outputs);
  if (done) return complete(core, running, outputs, std::move(*done));
  if (running.stop_reason() == StopReason::released) return release(core, running, outputs);
  fail(core, running, outputs, std::move(done).error());
}

}  // namespace convert::engine
