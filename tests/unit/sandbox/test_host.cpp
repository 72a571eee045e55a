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

void need(bool good, const char* what) {
  if (!good) throw std::runtime_error(what);
}

template <class T>
T need(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(result).value();
}

io::Descriptor memory_file(std::span<const std::byte> bytes) {
  io::Descriptor file(::memfd_create("test", MFD_CLOEXEC));
  need(file && io::write_all(file.get(), bytes).has_value(), "memfd");
  return file;
}

std::vector<std::byte> content(int file) {
  std::vector<std::byte> bytes(static_cast<std::size_t>(::lseek(file, 0, SEEK_END)));
  const auto count = need(io::read_some_at(file, 0, bytes));
  bytes.resize(count);
  return bytes;
}

pid_t start_zygote(int channel, int scratch, const ZygoteSettings& settings) {
  // Above the numbers that they are to get.
  const io::Descriptor high_channel(::fcntl(channel, F_DUPFD_CLOEXEC, 10));
  const io::Descriptor high_scratch(::fcntl(scratch, F_DUPFD_CLOEXEC, 10));
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, high_channel.get(), kZygoteChannel);
  ::posix_spawn_file_actions_adddup2(&actions, high_scratch.get(), kScratchRoot);
  std::string name = "convert-worker", word = to_word(settings);
  std::array<char*, 3> arguments{name.data(), word.data(), nullptr};
  std::array<char*, 1> environment{nullptr};
  pid_t pid = 0;
  const int code =
      ::posix_spawn(&pid, CONVERT_WORKER, &actions, nullptr, arguments.data(), environment.data());
  ::posix_spawn_file_actions_destroy(&actions);
  need(code == 0, "posix_spawn");
  return pid;
}

/// The outputs of one call, on the host's side.
class Shelf {
 public:
  Shelf(Channel& channel, Answered& answered, std::span<const std::byte> input, Way way)
      : channel_(channel), answered_(answered), input_(input), way_(way) {}

  void create(const Create& message) {
    names_.push_back(message.name);
    files_.push_back(memory_file({}));
    Reply reply;
    reply.output = static_cast<std::uint32_t>(files_.size() - 1);
    reply.seekable = true;
    answer(reply, {});
  }
  void hand_over(const HandOver& message) {
    ++answered_.wishes;
    Reply reply;
    reply.has_descriptor = way_ == Way::descriptors;
    const std::array<int, 1> one{files_.at(message.output).get()};
    answer(reply, reply.has_descriptor ? std::span<const int>(one) : std::span<const int>());
  }
  void read(const Read& message) {
    ++answered_.reads;
    Reply reply;
    const auto begin = std::min<std::uint64_t>(message.offset, input_.size());
    const auto part = input_.subspan(begin, std::min<std::uint64_t>(message.length, input_.size() - begin));
    reply.bytes.assign(part.begin(), part.end());
    answer(reply, {});
  }
  void write(const Write& message) {
    ++answered_.writes;
    need(io::write_all_at(files_.at(message.output).get(), message.offset, message.bytes).has_value(),
         "write");
    answer({}, {});
  }
  void commit(const Commit& message) {
    answered_.outputs[names_.at(message.output)] = content(files_.at(message.output).get());
    answer({}, {});
  }

 private:
  void answer(const Reply& reply, std::span<const int> descriptors) {
    need(send(channel_, reply, descriptors).has_value(), "reply");
  }

  Channel& channel_;
  Answered& answered_;
  std::span<const std::byte> input_;
  Way way_;
  std::vector<std::string> names_;
  std::vector<io::Descriptor> files_;
};

/// Answers the worker until it has finished, or has gone.
void serve_worker(Channel& channel, Shelf& shelf, Answered& answered) {
  for (;;) {
    const auto packet = channel.receive();
    if (!packet) return;
    if (packet->kind == kind_of<Create>()) {
      shelf.create(need(read<Create>(*packet)));
    } else if (packet->kind == kind_of<HandOver>()) {
      shelf.hand_over(need(read<HandOver>(*packet)));
    } else if (packet->kind == kind_of<Read>()) {
      shelf.read(need(read<Read>(*packet)));
    } else if (packet->kind == kind_of<Write>()) {
      shelf.write(need(read<Write>(*packet)));
    } else if (packet->kind == kind_of<Commit>()) {
      shelf.commit(need(read<Commit>(*packet)));
    } else if (packet->kind == kind_of<Progress>()) {
      ++answered.progress;
    } else if (packet->kind == kind_of<Warning>()) {
      ++answered.warnings;
    } else {
      answered.finished = need(read<Finished>(*packet));
      answered.has_finished = true;
      return;
    }
  }
}

}  // namespace

TestHost::TestHost(const ZygoteSettings& settings) {
  auto [ours, theirs] = need(Channel::pair());
  const io::Descriptor root = io::open_path(scratch_.path(), O_PATH | O_DIRECTORY);
  need(static_cast<bool>(root), "scratch");
  pid_ = start_zygote(theirs.get(), root.get(), settings);
  theirs = io::Descriptor();
  channel_ = std::make_unique<Channel>(std::move(ours), ChannelLimits{std::size_t{4} << 20, 2});
  hello_ = need(read<Hello>(need(channel_->receive())));
}

TestHost::~TestHost() {
  channel_.reset();
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

TestHost::Worker TestHost::fork() {
  need(send(*channel_, Fork{1}).has_value(), "fork");
  auto packet = need(channel_->receive());
  Worker worker;
  worker.ready = need(read<Ready>(packet));
  worker.channel = std::make_unique<Channel>(std::move(packet.descriptors.at(0)));
  worker.pidfd = std::move(packet.descriptors.at(1));
  return worker;
}

int TestHost::status_of(const Worker& worker) {
  for (;;) {
    const auto exited = need(read<Exited>(need(channel_->receive())));
    if (exited.pid == worker.ready.pid) return exited.status;
  }
}

Answered TestHost::call(const Work& work, std::span<const std::byte> input, Way way) {
  Worker worker = fork();
  Work sent = work;
  sent.inputs = {{"input", input.size(), true, way == Way::descriptors}};
  const io::Descriptor file = memory_file(input);
  const std::array<int, 1> one{file.get()};
  const bool by_descriptor = way == Way::descriptors;
  Answered answered;
  need(send(*worker.channel, sent, by_descriptor ? std::span<const int>(one) : std::span<const int>())
           .has_value(),
       "work");
  Shelf shelf(*worker.channel, answered, input, way);
  serve_worker(*worker.channel, shelf, answered);
  answered.status = status_of(worker);
  return answered;
}

}  // namespace convert::sandbox::test
