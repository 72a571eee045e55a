// SPDX-License-Identifier: MIT
#include "sandbox/host/worker_supervisor.hpp"

#include <poll.h>

#include <span>
#include <utility>
#include <vector>

#include "base/fault_point.hpp"
#include "base/try.hpp"
#include "sandbox/host/exit_error.hpp"

namespace convert::sandbox {
namespace {

constexpr auto kReportInterval = std::chrono::milliseconds(50);  // half of the worker's own
constexpr auto kExitStatusTimeout = std::chrono::seconds(2);     // for the report of how a worker ended
constexpr auto kKillTimeout = std::chrono::seconds(10);
constexpr std::size_t kMessageOverhead = std::size_t{4} << 20;  // for messages beside the result

Error protocol_violation_error(const Error& error) {
  return Error{Errc::forbidden, "The worker process violated the protocol and was ended. " + error.message};
}

}  // namespace

WorkerSupervisor::WorkerSupervisor(const CallContext& call, std::unique_ptr<Worker> worker)
    : call_(call),
      worker_(std::move(worker)),
      channel_(std::move(worker_->channel),
               ChannelLimits{static_cast<std::size_t>(call.limits.result_bytes) + kMessageOverhead, 0},
               [this](short events) { return wait(events); }),
      watch_(call_, *worker_, channel_.descriptor()),
      notifier_(call_.options, nullptr, kReportInterval),
      // Runs in the thread that requests the stop, even while this one is in a Reader.
      on_stop_(call.options.stop, [this] {
        kill(worker_->process);
        call_.wakeup.set();
      }) {}

Result<CallResult> WorkerSupervisor::run(const CallRequest& work, const std::function<void()>& on_sent) {
  const auto sent = send_request(work);
  on_sent();
  if (!sent) return failure_cause(sent.error());
  auto finished = serve_worker();
  if (finished) return finished;
  return failure_cause(finished.error());
}

Result<void> WorkerSupervisor::end(bool wait_for_exit) {
  CONVERT_FAULT_POINT("sandbox.end");
  kill(worker_->process);
  // Descriptors that the worker sent and that were not received would keep pipes open.
  channel_.close();
  if (!wait_for_exit || has_ended(worker_->process, kKillTimeout)) return {};
  return Error{
      Errc::unavailable,
      "The worker process cannot be ended: it is blocked in the kernel, perhaps by a slow file system. Try "
      "again later.",
      true};
}

Result<void> WorkerSupervisor::wait(short events) {
  for (;;) {
    // Not while a message is being sent.
    if (events == POLLIN) {
      CONVERT_TRY(send_thread_budget());
    }
    auto ready = watch_.wait(events);
    if (!ready) return fail_call(ready.error());
    if (*ready) return {};
  }
}

Result<void> WorkerSupervisor::send_thread_budget() {
  const auto budget = watch_.changed_thread_budget();
  return budget ? send_message(channel_, ThreadBudget{*budget}) : Result<void>();
}

Result<void> WorkerSupervisor::send_request(const CallRequest& work) {
  std::vector<int> descriptors;
  for (const auto& descriptor : call_.inputs.descriptors()) descriptors.push_back(descriptor.get());
  auto sent = send_message(channel_, work, descriptors);
  call_.inputs.close_descriptors();
  return sent;
}

Result<CallResult> WorkerSupervisor::serve_worker() {
  CONVERT_FAULT_POINT("sandbox.work_sent");
  for (;;) {
    if (auto good = watch_.check_if_due(); !good) return fail_call(good.error());
    CONVERT_TRY_ASSIGN(const auto packet, channel_.receive());
    if (packet.kind == message_kind<CallResult>()) return parse_message<CallResult>(packet);
    CONVERT_TRY(handle_message(packet));
  }
}

Result<void> WorkerSupervisor::handle_message(const Packet& packet) {
  if (packet.kind == message_kind<Progress>()) {
    const auto progress = parse_message<Progress>(packet);
    if (progress && notifier_.progress(*progress)) watch_.note_progress();
    return progress ? Result<void>() : progress.error();
  }
  if (packet.kind == message_kind<Warning>()) {
    const auto warning = parse_message<Warning>(packet);
    if (warning) notifier_.warn(*warning);
    return warning ? Result<void>() : warning.error();
  }
  if (packet.kind == message_kind<ReadInput>()) {
    return reply<ReadInput>(packet, [this](const ReadInput& request) { return call_.inputs.read(request); });
  }
  if (call_.outputs == nullptr) return Error{Errc::forbidden, "It wrote in a call without outputs."};
  if (packet.kind == message_kind<CreateOutput>()) {
    return reply_with_output<CreateOutput>(
        packet, [this](const CreateOutput& request) { return call_.outputs->create(request); });
  }
  if (packet.kind == message_kind<RequestDescriptor>()) {
    return reply_with_output<RequestDescriptor>(packet, [this](const RequestDescriptor& request) {
      return call_.outputs->request_descriptor(request);
    });
  }
  if (packet.kind == message_kind<WriteOutput>()) {
    return reply<WriteOutput>(packet,
                              [this](const WriteOutput& request) { return call_.outputs->write(request); });
  }
  return reply<CommitOutput>(packet,
                             [this](const CommitOutput& request) { return call_.outputs->commit(request); });
}

/// A handler that fails ends the call: errors of Readers and Writers are final.
template <class Request, class Handler>
Result<void> WorkerSupervisor::reply(const Packet& packet, Handler handler) {
  CONVERT_TRY_ASSIGN(const auto request, parse_message<Request>(packet));
  const auto answer = handler(request);
  if (!answer) return fail_call(answer.error());
  watch_.note_progress();
  return send_message(channel_, *answer);
}

template <class Request, class Handler>
Result<void> WorkerSupervisor::reply_with_output(const Packet& packet, Handler handler) {
  CONVERT_TRY_ASSIGN(const auto request, parse_message<Request>(packet));
  const auto created = handler(request);
  if (!created) return fail_call(created.error());
  watch_.note_progress();
  if (!created->descriptor) return send_message(channel_, created->reply);
  const int descriptor = created->descriptor.get();
  return send_message(channel_, created->reply, std::span(&descriptor, 1));
}

Error WorkerSupervisor::fail_call(const Error& error) {
  call_error_ = error;
  return error;
}

/// The error of the call, from the error that ended the exchange of messages.
Error WorkerSupervisor::failure_cause(const Error& error) {
  // A Reader may have failed because of the same stop.
  CONVERT_TRY(call_.options.check_cancellation());
  if (auto first_error = call_.first_error.get()) return *first_error;
  if (call_error_) return *call_error_;
  if (error.code == Errc::forbidden) return protocol_violation_error(error);
  if (error.code == Errc::limit_exceeded) return result_limit_error(call_.limits);
  Error ended = exit_error(worker_->exit_status->wait(kExitStatusTimeout), call_.limits);
  crashed_ = ended.code == Errc::crashed;
  return ended;
}

}  // namespace convert::sandbox
