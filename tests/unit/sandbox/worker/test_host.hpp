// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

#include "sandbox/protocol/channel.hpp"
#include "sandbox/protocol/messages.hpp"
#include "sandbox/protocol/zygote_settings.hpp"
#include "support/test_files.hpp"

namespace convert::sandbox::test {

/// The messages and outputs of a worker.
struct CallOutcome {
  CallResult finished;
  std::map<std::string, std::vector<std::byte>> outputs;  // the committed ones
  std::size_t progress = 0, warnings = 0, reads = 0, writes = 0, descriptor_requests = 0;
  int status = 0;  // as from waitpid; unspecified if `finished` came
  bool has_finished = false;
};

/// How inputs and outputs are transferred.
enum class Transfer { descriptors, messages };

/// A minimal host: one zygote and one worker at a time, in a single thread.
class TestHost {
 public:
  explicit TestHost(const ZygoteSettings& settings = {});
  ~TestHost();
  TestHost(const TestHost&) = delete;
  TestHost& operator=(const TestHost&) = delete;

  const Hello& hello() const { return hello_; }

  /// An idle worker.
  struct Worker {
    WorkerReady ready;
    base::Descriptor pidfd;
    std::unique_ptr<Channel> channel;
  };
  Worker fork();
  /// Waits until the worker has ended and returns its status.
  int status_of(const Worker& worker);

  /// Runs one call with one input on a new worker.
  CallOutcome call(const CallRequest& work, std::span<const std::byte> input,
                   Transfer way = Transfer::descriptors);

  convert::test::TemporaryFolder& scratch() { return scratch_; }

 private:
  convert::test::TemporaryFolder scratch_;
  std::unique_ptr<Channel> channel_;
  pid_t pid_ = 0;
  Hello hello_;
};

}  // namespace convert::sandbox::test
