// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "sandbox/host/pipe_pump.hpp"
#include "sandbox/host/worker_process.hpp"
#include "sandbox/host/zygote_process.hpp"
#include "sandbox/protocol/channel.hpp"
#include "sandbox/protocol/messages.hpp"
#include "sandbox/protocol/zygote_settings.hpp"

namespace convert::sandbox {

/// Receives the events of a zygote, in the thread of its ZygoteConnection.
class ZygoteListener {
 public:
  virtual ~ZygoteListener() = default;
  virtual void on_zygote_ready(const Hello& hello, pid_t pid) = 0;
  virtual void on_worker_ready(std::unique_ptr<Worker> worker) = 0;
  virtual void on_worker_exited(pid_t pid, int status) = 0;
  /// A requested worker could not be forked.
  virtual void on_worker_missing() = 0;
  /// The zygote has ended or did not start. Another one follows.
  virtual void on_zygote_lost(const Error& why) = 0;
};

struct ZygoteOptions {
  std::filesystem::path program;
  ZygoteSettings settings;
  std::filesystem::path scratch_root;
  std::chrono::milliseconds start_timeout{};
};

/// Keeps a zygote running. Its thread starts the zygote, receives its messages and starts the next one when
/// it ends: at once, or after growing pauses if zygotes end during their start.
class ZygoteConnection {
 public:
  ZygoteConnection(ZygoteOptions options, ZygoteListener& listener);
  ~ZygoteConnection();
  ZygoteConnection(const ZygoteConnection&) = delete;
  ZygoteConnection& operator=(const ZygoteConnection&) = delete;

  void start();
  /// Ends the zygote and the thread. The listener is not called afterwards.
  void stop();

  /// Requests `count` workers. Has no effect while no zygote runs.
  void fork(std::uint32_t count);
  /// Kills the zygote, so that another one is started.
  void replace_zygote();

 private:
  struct ZygoteInstance;
  void run(const std::stop_token& stop);
  Result<std::shared_ptr<ZygoteInstance>> start_zygote();
  Error serve_zygote(const std::shared_ptr<ZygoteInstance>& instance);
  Result<Hello> receive_hello(ZygoteInstance& instance);
  Result<void> handle_message(Packet& packet);
  void set_active(std::shared_ptr<ZygoteInstance> instance);
  Result<void> wait(const ZygoteInstance& instance, short events);
  void wait_or_stop(std::chrono::milliseconds time);

  ZygoteOptions options_;
  ZygoteListener& listener_;
  EventFd stopping_;
  std::mutex mutex_;
  std::shared_ptr<ZygoteInstance> active_;  // the zygote that takes requests, or null
  std::jthread thread_;
};

}  // namespace convert::sandbox
