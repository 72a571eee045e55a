// SPDX-License-Identifier: MIT
#include "postgresql/notifications.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <utility>

#include <fmt/format.h>

#include "base/try.hpp"

namespace convert::postgresql {
namespace {

using std::chrono::milliseconds;

/// How long a notification to ourselves may take.
constexpr milliseconds kSelfTestTime(2'000);
/// Between attempts to connect.
constexpr milliseconds kReconnectPause(250);
/// Between attempts to listen where it did not work: the URI may lead to another server by then.
constexpr milliseconds kListenAgain(60'000);
/// The longest wait for the socket. A lost connection is noticed by its keepalives.
constexpr milliseconds kServeTime(30'000);
/// NOTIFY statements in one round trip.
constexpr std::size_t kMaxSent = 100;

constexpr std::string_view kNotify = "SELECT pg_notify($1, $2)";

void drain(int descriptor) {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got = ::read(descriptor, &count, sizeof count);
}

std::string random_name(std::string_view schema) {
  std::random_device random;
  return fmt::format("{}_self_{:08x}{:08x}", schema, random(), random());
}

}  // namespace

Notifications::Notifications(ConnectionOptions options, std::vector<std::string> channels, Receive receive,
                             milliseconds interval)
    : options_(std::move(options)),
      channels_(std::move(channels)),
      receive_(std::move(receive)),
      interval_(interval),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

Notifications::~Notifications() {
  thread_.request_stop();
  wake();
  thread_.join();
}

void Notifications::wake() const noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto put = ::write(wake_.get(), &one, sizeof one);
}

void Notifications::notify(std::string_view channel, std::string_view payload) {
  {
    const std::scoped_lock lock(mutex_);
    if (waiting_.size() >= kMaxWaiting) return;  // receivers look by themselves now and then
    if (!waiting_.emplace(channel, payload).second) return;
  }
  wake();
}

bool Notifications::wait_until_known(milliseconds timeout) {
  std::unique_lock lock(mutex_);
  known_changed_.wait_for(lock, timeout, [this]() { return known_; });
  return listening_;
}

Result<void> Notifications::connected() {
  const std::scoped_lock lock(mutex_);
  if (error_) return *error_;
  return {};
}

void Notifications::set_state(std::optional<Error> error, bool known, bool listening) {
  {
    const std::scoped_lock lock(mutex_);
    error_ = std::move(error);
    known_ = known;
    listening_ = listening;
  }
  known_changed_.notify_all();
}

void Notifications::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (const auto connected = connect(stop); !connected) {
      set_state(connected.error(), false, false);
    } else {
      while (serve(stop)) {
      }
      set_state(connection_->take_error(), false, false);
    }
    connection_.reset();
    pause(stop, kReconnectPause);
  }
}

/// Waits, unless it is the end.
void Notifications::pause(const std::stop_token& stop, milliseconds time) {
  std::unique_lock lock(mutex_);
  paused_.wait_for(lock, stop, time, []() { return false; });
}

Result<void> Notifications::connect(const std::stop_token& stop) {
  CONVERT_TRY_ASSIGN(connection_, Connection::open(options_));
  const bool works = listen_works(stop);
  if (auto failure = connection_->take_error()) return *failure;
  listen_again_ = std::chrono::steady_clock::now() + kListenAgain;
  receive_({}, {});  // what came while it did not listen
  set_state({}, true, works);
  return {};
}

/// Listens, and notifies ourselves from another connection: behind a pooler LISTEN succeeds, but its session
/// belongs to another client by the time of the notification. (From the same connection it would arrive.)
/// Only then listens to the channels: a pooler would give their notifications to other clients.
bool Notifications::listen_works(const std::stop_token& stop) {
  const std::string own = random_name(options_.schema);
  connection_->post(fmt::format("LISTEN \"{}\"", own));
  if (!connection_->flush()) {
    // A server may refuse LISTEN (a standby does): polling still works.
    connection_->take_error();
    return false;
  }
  {
    auto other = Connection::open(options_);
    if (!other) return false;
    (*other)->query(kNotify, own, "");
  }
  const auto deadline = std::chrono::steady_clock::now() + kSelfTestTime;
  bool arrived = false;
  while (!arrived) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
    drain(wake_.get());
    if (left.count() <= 0 || stop.stop_requested()) break;
    const auto notifications = connection_->wait_for_notifications(left, wake_.get());
    if (!notifications) return false;
    for (const auto& notification : *notifications) arrived = arrived || notification.channel == own;
  }
  for (const std::string& channel : channels_) {
    if (arrived) connection_->post(fmt::format("LISTEN \"{}\"", channel));
  }
  connection_->post(fmt::format("UNLISTEN \"{}\"", own));
  return connection_->flush() && arrived;
}

/// Sends what waits, and delivers what arrives. False: the connection is lost, or to be replaced, or it is
/// the end.
bool Notifications::serve(const std::stop_token& stop) {
  drain(wake_.get());  // before it looks: `notify` adds first, then wakes; the destructor likewise
  if (stop.stop_requested()) return false;
  const auto now = std::chrono::steady_clock::now();
  milliseconds wait = kServeTime;
  int wake = wake_.get();
  if (has_waiting()) {
    if (now >= send_again_) {
      if (!send_waiting()) return false;
      send_again_ = std::chrono::steady_clock::now() + interval_;
    } else {
      wait = std::chrono::ceil<milliseconds>(send_again_ - now);
      wake = -1;  // what comes now is sent together
    }
  }
  auto notifications = connection_->wait_for_notifications(wait, wake);
  if (!notifications) return false;
  for (const auto& notification : *notifications) receive_(notification.channel, notification.payload);
  return listening_ || now < listen_again_;
}

bool Notifications::has_waiting() {
  const std::scoped_lock lock(mutex_);
  return !waiting_.empty();
}

/// Their loss is repaired by the receivers, so the commit does not wait for a flush.
bool Notifications::send_waiting() {
  for (;;) {
    std::set<std::pair<std::string, std::string>> sent;
    {
      const std::scoped_lock lock(mutex_);
      while (!waiting_.empty() && sent.size() < kMaxSent) sent.insert(waiting_.extract(waiting_.begin()));
    }
    if (sent.empty()) return true;
    connection_->set_flush(false);
    for (const auto& [channel, payload] : sent) connection_->post(kNotify, channel, payload);
    if (connection_->flush()) continue;
    const std::scoped_lock lock(mutex_);
    waiting_.merge(sent);
    return false;
  }
}

}  // namespace convert::postgresql
