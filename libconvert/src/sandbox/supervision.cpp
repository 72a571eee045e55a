// SPDX-License-Identifier: MIT
#include "sandbox/supervision.hpp"

#include <poll.h>

#include <span>
#include <utility>
#include <vector>

#include "io/fault_point.hpp"
#include "sandbox/verdict.hpp"

namespace convert::sandbox {
namespace {

constexpr auto kToldSoon = std::chrono::seconds(2);  // how a worker ended
constexpr auto kEndsSoon = std::chrono::seconds(10);
constexpr std::size_t kBeyondAnswers = std::size_t{4} << 20;  // what other messages may need

Error broken_rules(const Error& error) {
  return Error{Errc::forbidden,
               "The worker process did not keep to the rules and was ended. " + error.message};
}

}  // namespace

Supervision::Supervision(const CallParts& call, std::unique_ptr<Worker> worker)
    : call_(call),
      worker_(std::move(worker)),
      channel_(std::move(worker_->channel),
               ChannelLimits{static_cast<std::size_t>(call.limits.answer_bytes) + kBeyondAnswers, 0},
               [this](short events) { return wait(events); }),
      watch_(call_, *worker_, channel_.descriptor()),
      telling_(call_.options),
      // From whichever thread asks to stop, at once, even while this one is in a Reader.
      on_stop_(call.options.stop, [this] {
        kill(worker_->process);
        call_.noticed.set();
      }) {}

Result<Finished> Supervision::run(const Work& work, const std::function<void()>& given) {
  const auto sent = give(work);
  given();
  if (!sent) return why_ended(sent.error());
  auto finished = converse();
  if (finished) return finished;
  return why_ended(finished.error());
}

Result<void> Supervision::end(bool for_good) {
  CONVERT_FAULT_POINT("sandbox.end");
  kill(worker_->process);
  // A descriptor that it sent here would stay open with it, and a pipe would never end.
  channel_.close();
  if (!for_good || has_ended(worker_->process, kEndsSoon)) return {};
  return Error{Errc::unavailable,
               "The worker process cannot be ended: the system holds it, in a slow file system perhaps. Try "
               "again later.",
               true};
}

Result<void> Supervision::wait(short events) {
  for (;;) {
    // While something is being sent, nothing else can be.
    if (events == POLLIN) {
      if (auto told = tell_budget(); !told) return told;
    }
    auto ready = watch_.wait(events);
    if (!ready) return decide(ready.error());
    if (*ready) return {};
  }
}

Result<void> Supervision::tell_budget() {
  const auto budget = watch_.new_budget();
  return budget ? send(channel_, Budget{*budget}) : Result<void>();
}

Result<void> Supervision::give(const Work& work) {
  std::vector<int> descriptors;
  for (const auto& descriptor : call_.inputs.descriptors()) descriptors.push_back(descriptor.get());
  const auto sent = send(channel_, work, descriptors);
  call_.inputs.close_descriptors();
  return sent;
}

Result<Finished> Supervision::converse() {
  CONVERT_FAULT_POINT("sandbox.work_sent");
  for (;;) {
    if (auto good = watch_.look(); !good) return decide(good.error());
    const auto packet = channel_.receive();
    if (!packet) return packet.error();
    if (packet->kind == kind_of<Finished>()) return read<Finished>(*packet);
    if (auto answered = answer(*packet); !answered) return std::move(answered).error();
  }
}

Result<void> Supervision::answer(const Packet& packet) {
  if (packet.kind == kind_of<Progress>()) {
    const auto progress = read<Progress>(packet);
    if (progress && telling_.progress(*progress)) watch_.got_on();
    return progress ? Result<void>() : progress.error();
  }
  if (packet.kind == kind_of<Warning>()) {
    const auto warning = read<Warning>(packet);
    if (warning) telling_.warning(*warning);
    return warning ? Result<void>() : warning.error();
  }
  if (packet.kind == kind_of<Read>()) {
    return reply<Read>(packet, [this](const Read& request) { return call_.inputs.read(request); });
  }
  if (call_.outputs == nullptr) return Error{Errc::forbidden, "It wrote where there is nothing to write."};
  if (packet.kind == kind_of<Create>()) {
    return reply_with_output<Create>(
        packet, [this](const Create& request) { return call_.outputs->create(request); });
  }
  if (packet.kind == kind_of<HandOver>()) {
    return reply_with_output<HandOver>(
        packet, [this](const HandOver& request) { return call_.outputs->hand_over(request); });
  }
  if (packet.kind == kind_of<Write>()) {
    return reply<Write>(packet, [this](const Write& request) { return call_.outputs->write(request); });
  }
  return reply<Commit>(packet, [this](const Commit& request) { return call_.outputs->commit(request); });
}

/// A handler that fails ends the call: what went wrong with a Reader or a Writer is final.
template <class Request, class Handler>
Result<void> Supervision::reply(const Packet& packet, Handler handler) {
  const auto request = read<Request>(packet);
  if (!request) return request.error();
  const auto answer = handler(*request);
  if (!answer) return decide(answer.error());
  watch_.got_on();
  return send(channel_, *answer);
}

template <class Request, class Handler>
Result<void> Supervision::reply_with_output(const Packet& packet, Handler handler) {
  const auto request = read<Request>(packet);
  if (!request) return request.error();
  const auto created = handler(*request);
  if (!created) return decide(created.error());
  watch_.got_on();
  if (!created->descriptor) return send(channel_, created->reply);
  const int descriptor = created->descriptor.get();
  return send(channel_, created->reply, std::span(&descriptor, 1));
}

Error Supervision::decide(const Error& error) {
  decided_ = error;
  return error;
}

/// From what stopped the conversation, why the call failed.
Error Supervision::why_ended(const Error& error) {
  // A Reader that was told of the same stop may have failed for no other reason.
  if (auto go_on = call_.options.check(); !go_on) return std::move(go_on).error();
  if (auto fault = call_.fault.get()) return *fault;
  if (decided_) return *decided_;
  if (error.code == Errc::forbidden) return broken_rules(error);
  if (error.code == Errc::limit_exceeded) return answer_too_long(call_.limits);
  Error ended = verdict(worker_->ending->wait(kToldSoon), call_.limits);
  crashed_ = ended.code == Errc::crashed;
  return ended;
}

}  // namespace convert::sandbox
