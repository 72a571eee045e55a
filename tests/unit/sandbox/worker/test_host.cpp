// SPDX-License-Identifier: MIT
#include "test_host.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>

namespace convert::sandbox::test {
namespace {

void require(bool good, const char* what) {
  if (!good) throw std::runtime_error(what);
}

template <class T>
T require(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(result).value();
}

base::Descriptor memory_file(std::span<const std::byte> bytes) {
  base::Descriptor file(::memfd_create("test", MFD_CLOEXEC));
  require(file && base::write_all(file.get(), bytes).has_value(), "memfd");
  return file;
}

std::vector<std::byte> content(int file) {
  std::vector<std::byte> bytes(static_cast<std::size_t>(::lseek(file, 0, SEEK_END)));
  const auto count = require(base::read_some_at(file, 0, bytes));
  bytes.resize(count);
  return bytes;
}

pid_t start_zygote(int channel, int scratch, const ZygoteSettings& settings) {
  // Above the numbers that the child uses.
  const base::Descriptor high_channel(::fcntl(channel, F_DUPFD_CLOEXEC, 10));
  const base::Descriptor high_scratch(::fcntl(scratch, F_DUPFD_CLOEXEC, 10));
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, high_channel.get(), kZygoteChannelFd);
  ::posix_spawn_file_actions_adddup2(&actions, high_scratch.get(), kScratchRootFd);
  std::string name = "convert-worker", word = to_argument(settings);
  std::array<char*, 3> arguments{name.data(), word.data(), nullptr};
  std::array<char*, 1> environment{nullptr};
  pid_t pid = 0;
  const int code =
      ::posix_spawn(&pid, CONVERT_WORKER, &actions, nullptr, arguments.data(), environment.data());
  ::posix_spawn_file_actions_destroy(&actions);
  require(code == 0, "posix_spawn");
  return pid;
}

/// The host's side of the inputs and outputs of a call.
class OutputFiles {
 public:
  OutputFiles(Channel& channel, CallOutcome& answered, std::span<const std::byte> input, Transfer way)
      : channel_(channel), answered_(answered), input_(input), way_(way) {}

  void create(const CreateOutput& message) {
    names_.push_back(message.name);
    files_.push_back(memory_file({}));
    Reply reply;
    reply.output = static_cast<std::uint32_t>(files_.size() - 1);
    reply.seekable = true;
    answer(reply, {});
  }
  void hand_over(const RequestDescriptor& message) {
    ++answered_.descriptor_requests;
    Reply reply;
    reply.has_descriptor = way_ == Transfer::descriptors;
    const std::array<int, 1> one{files_.at(message.output).get()};
    answer(reply, reply.has_descriptor ? std::span<const int>(one) : std::span<const int>());
  }
  void read(const ReadInput& message) {
    ++answered_.reads;
    Reply reply;
    const auto begin = std::min<std::uint64_t>(message.offset, input_.size());
    const auto part = input_.subspan(begin, std::min<std::uint64_t>(message.length, input_.size() - begin));
    reply.bytes.assign(part.begin(), part.end());
    answer(reply, {});
  }
  void write(const WriteOutput& message) {
    ++answered_.writes;
    require(base::write_all_at(files_.at(message.output).get(), message.offset, message.bytes).has_value(),
            "write");
    answer({}, {});
  }
  void commit(const CommitOutput& message) {
    answered_.outputs[names_.at(message.output)] = content(files_.at(message.output).get());
    answer({}, {});
  }

 private:
  void answer(const Reply& reply, std::span<const int> descriptors) {
    require(send_message(channel_, reply, descriptors).has_value(), "reply");
  }

  Channel& channel_;
  CallOutcome& answered_;
  std::span<const std::byte> input_;
  Transfer way_;
  std::vector<std::string> names_;
  std::vector<base::Descriptor> files_;
};

/// Serves the worker until its result comes or it ends.
void serve_worker(Channel& channel, OutputFiles& shelf, CallOutcome& answered) {
  for (;;) {
    const auto packet = channel.receive();
    if (!packet) return;
    if (packet->kind == message_kind<CreateOutput>()) {
      shelf.create(require(parse_message<CreateOutput>(*packet)));
    } else if (packet->kind == message_kind<RequestDescriptor>()) {
      shelf.hand_over(require(parse_message<RequestDescriptor>(*packet)));
    } else if (packet->kind == message_kind<ReadInput>()) {
      shelf.read(require(parse_message<ReadInput>(*packet)));
    } else if (packet->kind == message_kind<WriteOutput>()) {
      shelf.write(require(parse_message<WriteOutput>(*packet)));
    } else if (packet->kind == message_kind<CommitOutput>()) {
      shelf.commit(require(parse_message<CommitOutput>(*packet)));
    } else if (packet->kind == message_kind<Progress>()) {
      ++answered.progress;
    } else if (packet->kind == message_kind<Warning>()) {
      ++answered.warnings;
    } else {
      answered.finished = require(parse_message<CallResult>(*packet));
      answered.has_finished = true;
      return;
    }
  }
}

}  // namespace

TestHost::TestHost(const ZygoteSettings& settings) {
  auto [ours, theirs] = require(Channel::pair());
  const base::Descriptor root = base::open_path(scratch_.path(), O_PATH | O_DIRECTORY);
  require(static_cast<bool>(root), "scratch");
  pid_ = start_zygote(theirs.get(), root.get(), settings);
  theirs = base::Descriptor();
  channel_ = std::make_unique<Channel>(std::move(ours), ChannelLimits{std::size_t{4} << 20, 2});
  hello_ = require(parse_message<Hello>(require(channel_->receive())));
}

TestHost::~TestHost() {
  channel_.reset();
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

TestHost::Worker TestHost::fork() {
  require(send_message(*channel_, ForkWorkers{1}).has_value(), "fork");
  auto packet = require(channel_->receive());
  Worker worker;
  worker.ready = require(parse_message<WorkerReady>(packet));
  worker.channel = std::make_unique<Channel>(std::move(packet.descriptors.at(0)));
  worker.pidfd = std::move(packet.descriptors.at(1));
  return worker;
}

int TestHost::status_of(const Worker& worker) {
  for (;;) {
    const auto exited = require(parse_message<WorkerExited>(require(channel_->receive())));
    if (exited.pid == worker.ready.pid) return exited.status;
  }
}

CallOutcome TestHost::call(const CallRequest& work, std::span<const std::byte> input, Transfer way) {
  Worker worker = fork();
  CallRequest sent = work;
  sent.inputs = {{"input", input.size(), true, way == Transfer::descriptors}};
  const base::Descriptor file = memory_file(input);
  const std::array<int, 1> one{file.get()};
  const bool by_descriptor = way == Transfer::descriptors;
  CallOutcome answered;
  require(
      send_message(*worker.channel, sent, by_descriptor ? std::span<const int>(one) : std::span<const int>())
          .has_value(),
      "work");
  OutputFiles shelf(*worker.channel, answered, input, way);
  serve_worker(*worker.channel, shelf, answered);
  answered.status = status_of(worker);
  return answered;
}

}  // namespace convert::sandbox::test
