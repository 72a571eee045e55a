// SPDX-License-Identifier: MIT
#include "sandbox/zygote_link.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <utility>

#include <convert/version.hpp>

#include "io/fault_point.hpp"
#include "sandbox/wire.hpp"

namespace convert::sandbox {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kFirstPause{50};
constexpr milliseconds kLongestPause{5'000};
constexpr milliseconds kZygoteWriteTimeout{1'000};  // for a zygote that does not read
constexpr ChannelLimits kLimits{std::size_t{4} << 20, 2};

Error without_hello(const ZygoteProcess& process) {
  const std::string said = process.said();
  return Error{Errc::unavailable,
               fmt::format("The worker program ended before it could work.{}{}",
                           said.empty() ? " Start it by hand to see why." : " It said: ", said),
               true};
}

Error too_slow() {
  return Error{Errc::unavailable,
               "The worker program does not answer. Try again, or raise SandboxOptions::start_timeout.",
               true};
}

bool is_folder_name(const std::string& name) {
  return name != "." && name != ".." && name.find('/') == std::string::npos &&
         name.find('\0') == std::string::npos;
}

}  // namespace

/// One zygote.
struct ZygoteLink::Life {
  explicit Life(ZygoteProcess started) : process(std::move(started)) {}
  ZygoteProcess process;
  std::optional<Channel> channel;  // closed before the process is waited for
  Clock::time_point hello_until;
  std::atomic<bool> greeted = false;
};

ZygoteLink::ZygoteLink(ZygotePlace place, ZygoteListener& listener)
    : place_(std::move(place)), listener_(listener) {}

ZygoteLink::~ZygoteLink() { stop(); }

void ZygoteLink::start() {
  thread_ = std::jthread([this](const std::stop_token& token) { run(token); });
}

void ZygoteLink::stop() {
  thread_.request_stop();
  stopping_.set();
  if (thread_.joinable()) thread_.join();
}

void ZygoteLink::fork(std::uint32_t count) {
  std::shared_ptr<Life> life;
  {
    const std::lock_guard lock(mutex_);
    life = life_;
  }
  if (life && count > 0 && !send(*life->channel, Fork{count})) kill(life->process.process());
}

void ZygoteLink::give_up_zygote() {
  const std::lock_guard lock(mutex_);
  if (life_) kill(life_->process.process());
}

void ZygoteLink::run(const std::stop_token& stop) {
  for (milliseconds next_pause = kFirstPause; !stop.stop_requested();) {
    bool worked = false;
    auto life = begin();
    Error why;
    if (life) {
      why = live(*life);
      worked = (*life)->greeted;
      if (!stop.stop_requested()) kill((*life)->process.process());
    } else {
      why = life.error();
    }
    if (stop.stop_requested()) return;
    listener_.zygote_is_down(why);
    if (worked) {
      next_pause = kFirstPause;
    } else {
      pause(std::exchange(next_pause, std::min(next_pause * 2, kLongestPause)));
    }
  }
}

Result<std::shared_ptr<ZygoteLink::Life>> ZygoteLink::begin() {
  if (!stopping_) return Error{Errc::unavailable, "There are too many open files. Close some.", true};
  auto ends = Channel::pair();
  if (!ends) return std::move(ends).error();
  auto started =
      ZygoteProcess::start(place_.program, place_.settings, std::move(ends->second), place_.scratch_root);
  if (!started) return std::move(started).error();
  CONVERT_FAULT_POINT("sandbox.zygote_started");
  auto life = std::make_shared<Life>(std::move(*started));
  life->hello_until = Clock::now() + place_.start_timeout;
  life->channel.emplace(std::move(ends->first), kLimits,
                        [this, raw = life.get()](short events) { return wait(*raw, events); });
  return life;
}

/// Until it ends; why it did.
Error ZygoteLink::live(const std::shared_ptr<Life>& life) {
  auto hello = greet(*life);
  if (!hello) return std::move(hello).error();
  life->greeted = true;
  publish(life);
  listener_.zygote_is_up(*hello, life->process.pid());
  Error why;
  for (;;) {
    auto packet = life->channel->receive();
    if (!packet) {
      why = std::move(packet).error();
      break;
    }
    if (auto heard = hear(*packet); !heard) {
      why = std::move(heard).error();
      break;
    }
  }
  publish(nullptr);
  return why;
}

void ZygoteLink::publish(std::shared_ptr<Life> life) {
  const std::lock_guard lock(mutex_);
  life_.swap(life);
}

Result<Hello> ZygoteLink::greet(Life& life) {
  const auto packet = life.channel->receive();
  if (!packet && packet.error().code == Errc::not_found) return without_hello(life.process);
  if (!packet) return packet.error();
  auto hello = read<Hello>(*packet);
  if (!hello) return hello;
  if (hello->build != version()) {
    return Error{Errc::unsupported,
                 fmt::format("The worker program is of libconvert {}, and this process of {}. Install both "
                             "from one build.",
                             hello->build, version())};
  }
  if (hello->failure) return *hello->failure;
  return hello;
}

Result<void> ZygoteLink::hear(Packet& packet) {
  if (packet.kind == kind_of<Exited>()) {
    auto exited = read<Exited>(packet);
    if (!exited) return std::move(exited).error();
    if (exited->pid == 0) {
      listener_.worker_is_missing();
    } else {
      listener_.worker_has_ended(exited->pid, exited->status);
    }
    return {};
  }
  auto ready = read<Ready>(packet);
  if (!ready) return std::move(ready).error();
  if (packet.descriptors.size() != 2 || !is_folder_name(ready->scratch)) {
    return Error{Errc::forbidden, "The worker program announced a worker without what belongs to it."};
  }
  auto worker = std::make_unique<Worker>();
  worker->pid = ready->pid;
  worker->channel = std::move(packet.descriptors[0]);
  worker->process = std::move(packet.descriptors[1]);
  if (!ready->scratch.empty()) worker->scratch = place_.scratch_root / ready->scratch;
  listener_.worker_is_ready(std::move(worker));
  return {};
}

/// For the channel of a zygote. It may say nothing for as long as it likes, but for the Hello, and has to
/// read what it is sent.
Result<void> ZygoteLink::wait(const Life& life, short events) {
  const auto begun = Clock::now();
  for (;;) {
    std::array<pollfd, 2> entries{pollfd{life.channel->descriptor(), events, 0},
                                  pollfd{stopping_.descriptor(), POLLIN, 0}};
    const bool bounded = events == POLLOUT || !life.greeted;
    const auto until = events == POLLOUT ? begun + kZygoteWriteTimeout : life.hello_until;
    const auto left = std::chrono::ceil<milliseconds>(until - Clock::now()).count();
    const int timeout = bounded ? static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000)) : -1;
    const int ready = ::poll(entries.data(), entries.size(), timeout);
    if (entries[1].revents != 0) return Error{Errc::cancelled, "The sandbox is being ended."};
    if (ready > 0) return {};
    if (ready == 0 && left <= 0) return too_slow();
  }
}

void ZygoteLink::pause(milliseconds time) {
  pollfd entry{stopping_.descriptor(), POLLIN, 0};
  (void)::poll(&entry, 1, static_cast<int>(time.count()));
}

}  // namespace convert::sandbox
