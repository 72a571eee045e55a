// SPDX-License-Identifier: MIT
#include "sandbox/host/zygote_connection.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <utility>

#include <convert/version.hpp>

#include "base/fault_point.hpp"
#include "base/try.hpp"
#include "sandbox/protocol/messages.hpp"

namespace convert::sandbox {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kFirstPause{50};
constexpr milliseconds kLongestPause{5'000};
constexpr milliseconds kZygoteWriteTimeout{1'000};  // if a zygote does not read
constexpr ChannelLimits kZygoteMessageLimits{std::size_t{4} << 20, 2};

Error no_hello_error(const ZygoteProcess& process) {
  const std::string stderr_text = process.stderr_text();
  return Error{
      Errc::unavailable,
      fmt::format("The worker program ended during its start.{}{}",
                  stderr_text.empty() ? " Start it by hand to see why." : " It printed: ", stderr_text),
      true};
}

Error timeout_error() {
  return Error{Errc::unavailable, "The worker program did not respond in time. Try again.", true};
}

bool is_folder_name(const std::string& name) {
  return name != "." && name != ".." && name.find('/') == std::string::npos &&
         name.find('\0') == std::string::npos;
}

}  // namespace

/// A running zygote.
struct ZygoteConnection::ZygoteInstance {
  explicit ZygoteInstance(ZygoteProcess started) : process(std::move(started)) {}
  ZygoteProcess process;
  std::optional<Channel> channel;  // closed before the destructor waits for the process
  Clock::time_point hello_deadline;
  std::atomic<bool> hello_received = false;
};

ZygoteConnection::ZygoteConnection(ZygoteOptions options, ZygoteListener& listener)
    : options_(std::move(options)), listener_(listener) {}

ZygoteConnection::~ZygoteConnection() { stop(); }

void ZygoteConnection::start() {
  thread_ = std::jthread([this](const std::stop_token& token) { run(token); });
}

void ZygoteConnection::stop() {
  thread_.request_stop();
  stopping_.set();
  if (thread_.joinable()) thread_.join();
}

void ZygoteConnection::fork(std::uint32_t count) {
  std::shared_ptr<ZygoteInstance> instance;
  {
    const std::lock_guard lock(mutex_);
    instance = active_;
  }
  if (instance && count > 0 && !send_message(*instance->channel, ForkWorkers{count}))
    kill(instance->process.process());
}

void ZygoteConnection::replace_zygote() {
  const std::lock_guard lock(mutex_);
  if (active_) kill(active_->process.process());
}

void ZygoteConnection::run(const std::stop_token& stop) {
  for (milliseconds next_pause = kFirstPause; !stop.stop_requested();) {
    bool was_ready = false;
    auto instance = start_zygote();
    Error why;
    if (instance) {
      why = serve_zygote(*instance);
      was_ready = (*instance)->hello_received;
      if (!stop.stop_requested()) kill((*instance)->process.process());
    } else {
      why = instance.error();
    }
    if (stop.stop_requested()) return;
    listener_.on_zygote_lost(why);
    if (was_ready) {
      next_pause = kFirstPause;
    } else {
      wait_or_stop(std::exchange(next_pause, std::min(next_pause * 2, kLongestPause)));
    }
  }
}

Result<std::shared_ptr<ZygoteConnection::ZygoteInstance>> ZygoteConnection::start_zygote() {
  if (!stopping_)
    return Error{Errc::unavailable, "Too many open files. Close some, or raise the limit.", true};
  CONVERT_TRY_ASSIGN(auto ends, Channel::pair());
  CONVERT_TRY_ASSIGN(auto started, ZygoteProcess::start(options_.program, options_.settings,
                                                        std::move(ends.second), options_.scratch_root));
  CONVERT_FAULT_POINT("sandbox.zygote_started");
  auto instance = std::make_shared<ZygoteInstance>(std::move(started));
  instance->hello_deadline = Clock::now() + options_.start_timeout;
  instance->channel.emplace(std::move(ends.first), kZygoteMessageLimits,
                            [this, raw = instance.get()](short events) { return wait(*raw, events); });
  return instance;
}

/// Serves the zygote until it ends, and returns why it ended.
Error ZygoteConnection::serve_zygote(const std::shared_ptr<ZygoteInstance>& instance) {
  CONVERT_TRY_ASSIGN(auto hello, receive_hello(*instance));
  instance->hello_received = true;
  set_active(instance);
  listener_.on_zygote_ready(hello, instance->process.pid());
  Error why;
  for (;;) {
    auto packet = instance->channel->receive();
    if (!packet) {
      why = std::move(packet).error();
      break;
    }
    if (auto handled = handle_message(*packet); !handled) {
      why = std::move(handled).error();
      break;
    }
  }
  set_active(nullptr);
  return why;
}

void ZygoteConnection::set_active(std::shared_ptr<ZygoteInstance> instance) {
  const std::lock_guard lock(mutex_);
  active_.swap(instance);
}

Result<Hello> ZygoteConnection::receive_hello(ZygoteInstance& instance) {
  const auto packet = instance.channel->receive();
  if (!packet && packet.error().code == Errc::not_found) return no_hello_error(instance.process);
  if (!packet) return packet.error();
  auto hello = parse_message<Hello>(*packet);
  if (!hello) return hello;
  if (hello->build != version()) {
    return Error{Errc::unsupported,
                 fmt::format("The worker program belongs to libconvert {}, this process to {}. Install both "
                             "from the same build.",
                             hello->build, version())};
  }
  if (hello->failure) return *hello->failure;
  return hello;
}

Result<void> ZygoteConnection::handle_message(Packet& packet) {
  if (packet.kind == message_kind<WorkerExited>()) {
    CONVERT_TRY_ASSIGN(auto exited, parse_message<WorkerExited>(packet));
    if (exited.pid == 0) {
      listener_.on_worker_missing();
    } else {
      listener_.on_worker_exited(exited.pid, exited.status);
    }
    return {};
  }
  CONVERT_TRY_ASSIGN(auto ready, parse_message<WorkerReady>(packet));
  if (packet.descriptors.size() != 2 || !is_folder_name(ready.scratch)) {
    return Error{Errc::forbidden,
                 "The worker program announced a worker without its descriptors or with an invalid folder."};
  }
  auto worker = std::make_unique<Worker>();
  worker->pid = ready.pid;
  worker->channel = std::move(packet.descriptors[0]);
  worker->process = std::move(packet.descriptors[1]);
  if (!ready.scratch.empty()) worker->scratch = options_.scratch_root / ready.scratch;
  listener_.on_worker_ready(std::move(worker));
  return {};
}

/// Waits for the channel of a zygote. Its `Hello` and its reading are subject to a timeout; otherwise it may
/// stay silent.
Result<void> ZygoteConnection::wait(const ZygoteInstance& instance, short events) {
  const auto started_at = Clock::now();
  for (;;) {
    std::array<pollfd, 2> entries{pollfd{instance.channel->descriptor(), events, 0},
                                  pollfd{stopping_.descriptor(), POLLIN, 0}};
    const bool bounded = events == POLLOUT || !instance.hello_received;
    const auto until = events == POLLOUT ? started_at + kZygoteWriteTimeout : instance.hello_deadline;
    const auto left = std::chrono::ceil<milliseconds>(until - Clock::now()).count();
    const int timeout = bounded ? static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000)) : -1;
    const int ready = ::poll(entries.data(), entries.size(), timeout);
    if (entries[1].revents != 0) return Error{Errc::cancelled, "The sandbox is being stopped."};
    if (ready > 0) return {};
    if (ready == 0 && left <= 0) return timeout_error();
  }
}

void ZygoteConnection::wait_or_stop(milliseconds time) {
  pollfd entry{stopping_.descriptor(), POLLIN, 0};
  (void)::poll(&entry, 1, static_cast<int>(time.count()));
}

}  // namespace convert::sandbox
