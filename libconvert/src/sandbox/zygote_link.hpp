// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "sandbox/channel.hpp"
#include "sandbox/event.hpp"
#include "sandbox/messages.hpp"
#include "sandbox/worker.hpp"
#include "sandbox/zygote_process.hpp"
#include "sandbox/zygote_settings.hpp"

namespace convert::sandbox {

/// Who hears what a zygote says. Called by the link's thread.
class ZygoteListener {
 public:
  virtual ~ZygoteListener() = default;
  virtual void zygote_is_up(const Hello& hello, pid_t pid) = 0;
  virtual void worker_is_ready(std::unique_ptr<Worker> worker) = 0;
  virtual void worker_has_ended(pid_t pid, int status) = 0;
  /// One that was asked for will not come.
  virtual void worker_is_missing() = 0;
  /// It has died, or could not be started; another one follows.
  virtual void zygote_is_down(const Error& why) = 0;
};

struct ZygotePlace {
  std::filesystem::path program;
  ZygoteSettings settings;
  std::filesystem::path scratch_root;
  std::chrono::milliseconds start_timeout{};
};

/// Keeps a zygote alive: a thread of its own starts it, receives what it says, and starts the next one when
/// it dies, at once, or ever later if it dies while it starts.
class ZygoteLink {
 public:
  ZygoteLink(ZygotePlace place, ZygoteListener& listener);
  ~ZygoteLink();
  ZygoteLink(const ZygoteLink&) = delete;
  ZygoteLink& operator=(const ZygoteLink&) = delete;

  void start();
  /// Ends the zygote and the thread; the listener hears nothing any more afterwards.
  void stop();

  /// Asks for so many more workers. Lost if there is no zygote just now.
  void fork(std::uint32_t count);
  /// Has the zygote replaced: it does not do what it is asked to.
  void give_up_zygote();

 private:
  struct Life;
  void run(const std::stop_token& stop);
  Result<std::shared_ptr<Life>> begin();
  Error live(const std::shared_ptr<Life>& life);
  Result<Hello> greet(Life& life);
  Result<void> hear(Packet& packet);
  void publish(std::shared_ptr<Life> life);
  Result<void> wait(const Life& life, short events);
  void pause(std::chrono::milliseconds time);

  ZygotePlace place_;
  ZygoteListener& listener_;
  Event stopping_;
  std::mutex mutex_;
  std::shared_ptr<Life> life_;  // the one that can be asked, or null
  std::jthread thread_;
};

}  // namespace convert::sandbox
