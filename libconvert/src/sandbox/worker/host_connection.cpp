// SPDX-License-Identifier: MIT
#include "sandbox/worker/host_connection.hpp"

#include <unistd.h>

#include <algorithm>
#include <new>
#include <vector>

#include "sandbox/confinement/resource_limits.hpp"
#include "sandbox/protocol/zygote_settings.hpp"
#include "sandbox/worker/remote_streams.hpp"

namespace convert::sandbox {
namespace {

/// Each input of a call may have a descriptor.
constexpr ChannelLimits kHostMessageLimits{std::size_t{64} << 20, 1'000};

}  // namespace

HostConnection::HostConnection(base::Descriptor socket) : channel_(std::move(socket), kHostMessageLimits) {}

void HostConnection::exit_broken() { ::_exit(kExitBrokenChannel); }

std::pair<CallRequest, std::vector<base::Descriptor>> HostConnection::work() {
  auto packet = channel_.receive();
  if (!packet) ::_exit(packet.error().code == Errc::not_found ? kExitDone : kExitBrokenChannel);
  auto work = parse_message<CallRequest>(*packet);
  if (!work) exit_broken();
  threads_ = std::max(1u, work->threads);
  std::thread([this] { receive_loop(); }).detach();
  return {std::move(*work), std::move(packet->descriptors)};
}

void HostConnection::receive_loop() {
  for (;;) {
    auto packet = channel_.receive();
    if (!packet) ::_exit(packet.error().code == Errc::not_found ? kExitDone : kExitBrokenChannel);
    dispatch(std::move(*packet));
  }
}

void HostConnection::dispatch(Packet packet) {
  if (packet.kind == message_kind<ThreadBudget>()) {
    const auto budget = parse_message<ThreadBudget>(packet);
    if (!budget) exit_broken();
    threads_ = std::max(1u, budget->threads);
    return;
  }
  auto reply = parse_message<Reply>(packet);
  if (!reply) exit_broken();
  ReplyAndDescriptor answer{std::move(*reply), base::Descriptor()};
  if (!packet.descriptors.empty()) answer.descriptor = std::move(packet.descriptors.front());
  {
    const std::lock_guard lock(reply_mutex_);
    reply_ = std::move(answer);
  }
  reply_arrived_.notify_one();
}

Result<ReplyAndDescriptor> HostConnection::wait_for_reply() {
  std::unique_lock lock(reply_mutex_);
  reply_arrived_.wait(lock, [this] { return reply_.has_value(); });
  ReplyAndDescriptor answer = std::move(*reply_);
  reply_.reset();
  if (answer.reply.error) return *answer.reply.error;
  return answer;
}

namespace {

/// The memory limit is final: nothing would be gained by continuing.
void out_of_memory() { ::_exit(kExitOutOfMemory); }

/// The options of the call in this process.
ConvertOptions call_options(const CallRequest& work, HostConnection& host) {
  ConvertOptions options;
  options.limits = work.limits;
  options.threads = host.threads();
  options.thread_budget = [&host] { return host.threads(); };
  options.temporary_folder = ".";  // the scratch folder: see Confinement::enter
  if (work.time_left.count() > 0) options.deadline = std::chrono::steady_clock::now() + work.time_left;
  options.progress = [&host](const Progress& progress) { host.post(progress); };
  options.warning = [&host](const Warning& warning) { host.post(warning); };
  return options;
}

/// Whether C code reached the memory limit, which operator new does not notice. The message tells it apart
/// from other `unavailable` errors, such as a full disk.
bool is_memory_error(const Error& error) {
  return error.code == Errc::unavailable && error.message.find("memory") != std::string::npos;
}

CallResult error_result(Error error) {
  const bool memory = is_memory_error(error);
  return {std::move(error), memory};
}

template <class T>
CallResult to_call_result(Result<T> result) {
  if (!result) return error_result(std::move(result).error());
  return {std::move(result).value()};
}

CallResult run_call(const Library& library, const CallRequest& work, HostConnection& host,
                    std::vector<base::Descriptor> descriptors) {
  const auto readers = remote_inputs(host, work.inputs, std::move(descriptors));
  if (!readers) return error_result(readers.error());
  std::vector<Input> inputs;
  inputs.reserve(readers->size());
  for (std::size_t i = 0; i < readers->size(); ++i) {
    inputs.push_back({(*readers)[i].get(), work.inputs[i].name, work.inputs[i].mode});
  }
  const ConvertOptions options = call_options(work, host);
  switch (work.call) {
    case CallRequest::Call::probe:
      if (inputs.size() != 1)
        return error_result({Errc::invalid_argument, "A probe needs exactly one input."});
      return to_call_result(library.probe(inputs.front(), options));
    case CallRequest::Call::plan:
      return to_call_result(library.plan(inputs, work.spec, options));
    case CallRequest::Call::convert:
      return to_call_result(library.convert(inputs, *remote_outputs(host), work.spec, options));
  }
  return error_result({Errc::internal, "Unknown call."});
}

}  // namespace

void serve_call(const Library& library, const ZygoteSettings& settings, base::Descriptor channel) {
  std::set_new_handler(&out_of_memory);
  HostConnection host(std::move(channel));
  auto [work, descriptors] = host.work();
  if (!apply_cpu_time_limit(settings, work.limits)) ::_exit(kExitNotConfined);
  host.post(run_call(library, work, host, std::move(descriptors)));
  ::_exit(kExitDone);
}

}  // namespace convert::sandbox
