// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

#include "sandbox/protocol/channel.hpp"
#include "sandbox/protocol/messages.hpp"
#include "sandbox/protocol/wire.hpp"
#include "sandbox/protocol/zygote_settings.hpp"
#include "support/temporary_folder.hpp"

namespace convert::sandbox::test {

/// What a worker said and made.
struct CallOutcome {
  CallResult finished;
  std::map<std::string, std::vector<std::byte>> outputs;  // those that were committed
  std::size_t progress = 0, warnings = 0, reads = 0, writes = 0,
              descriptor_requests = 0;  // wishes: RequestDescriptor
  int status = 0;                       // as from waitpid; meaningless if `finished` came
  bool has_finished = false;
};

/// How inputs and outputs go over.
enum class Transfer { descriptors, messages };

/// The simplest host there is: one zygote, one worker at a time, everything in this thread.
class TestHost {
 public:
  explicit TestHost(const ZygoteSettings& settings = {});
  ~TestHost();
  TestHost(const TestHost&) = delete;
  TestHost& operator=(const TestHost&) = delete;

  const Hello& hello() const { return hello_; }

  /// A worker that waits. Its channel is `worker`.
  struct Worker {
    WorkerReady ready;
    base::Descriptor pidfd;
    std::unique_ptr<Channel> channel;
  };
  Worker fork();
  /// How the worker ended, once it has.
  int status_of(const Worker& worker);

  /// One call by one worker on one input.
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
