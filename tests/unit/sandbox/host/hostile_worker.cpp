// SPDX-License-Identifier: MIT
// A compromised worker program. The name of its first input selects what it does.
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <convert/version.hpp>

#include "sandbox/protocol/messages.hpp"
#include "sandbox/protocol/zygote_settings.hpp"

namespace {

using namespace convert;
using namespace convert::sandbox;

/// The worker's side of a call.
struct HostileCall {
  Channel& channel;
  const CallRequest& work;

  template <class Message>
  void post(const Message& message) {
    if (!send_message(channel, message)) ::_exit(0);
  }
  Packet receive() {
    auto packet = channel.receive();
    if (!packet) ::_exit(0);
    return std::move(*packet);
  }
  template <class Message>
  Packet request(const Message& message) {
    post(message);
    return receive();
  }
  void raw(std::string_view bytes) {
    if (::send(channel.descriptor(), bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) ::_exit(0);
  }
};

OutputReport line(const std::string& name, std::uint64_t size = 3, const std::string& format = "raw") {
  OutputReport report;
  report.name = name;
  report.format = format;
  report.mime_type = "text/html\r\nSet-Cookie: a=b";
  report.size = size;
  return report;
}

std::vector<std::byte> three_bytes() { return {std::byte{'a'}, std::byte{'b'}, std::byte{'c'}}; }

/// Creates an output and gets its descriptor or pipe.
Packet create_and_hold(HostileCall& talk, std::uint32_t number = 0) {
  Packet created = talk.request(CreateOutput{"out"});
  return created.descriptors.empty() ? talk.request(RequestDescriptor{number}) : std::move(created);
}

/// Makes an output correctly, without the report.
void make(HostileCall& talk) {
  Packet created = create_and_hold(talk);
  if (created.descriptors.empty()) {
    (void)talk.request(WriteOutput{0, 0, three_bytes()});
  } else {
    (void)base::write_all(created.descriptors[0].get(), three_bytes());
  }
  created.descriptors.clear();
  (void)talk.request(CommitOutput{0});
}

void report(HostileCall& talk, std::vector<OutputReport> lines) {
  Report report;
  report.outputs = std::move(lines);
  talk.post(CallResult{report});
}

void keep_writing(HostileCall& talk) {
  Packet created = create_and_hold(talk);
  const int file = created.descriptors.at(0).get();
  (void)base::write_all_at(file, 0, three_bytes());
  (void)talk.request(CommitOutput{0});
  report(talk, {line("out")});
  for (std::uint64_t i = 0;; ++i) (void)base::write_all_at(file, i % 3, std::array{std::byte{'x'}});
}

/// Sends its end of the pipe over the channel, where it stays open after the process has ended.
void keep_the_pipe_open(HostileCall& talk) {
  Packet created = create_and_hold(talk);
  const int pipe = created.descriptors.at(0).get();
  (void)base::write_all(pipe, three_bytes());
  (void)talk.request(CommitOutput{0});
  Report made;
  made.outputs.push_back(line("out"));
  made.warnings.resize(20'000, {WarningCode::damaged, "It takes some time to read all of this."});
  talk.post(CallResult{made});
  (void)send_message(talk.channel, Progress{}, std::span(&pipe, 1));
  ::pause();
}

void fill_output(HostileCall& talk) {
  Packet created = create_and_hold(talk);
  const std::vector<std::byte> block(100'000);
  for (std::uint64_t at = 0;; at += block.size()) {
    if (created.descriptors.empty()) {
      (void)talk.request(WriteOutput{0, at, block});
    } else {
      (void)base::write_all_at(created.descriptors[0].get(), at, block);
      (void)::poll(nullptr, 0, 1);  // slower than a disk fills
    }
  }
}

/// Makes an output and keeps its descriptor.
Packet make_and_keep(HostileCall& talk, std::uint32_t number) {
  Packet created = create_and_hold(talk, number);
  (void)base::write_all(created.descriptors.at(0).get(), three_bytes());
  (void)talk.request(CommitOutput{number});
  return created;
}

void make_many(HostileCall& talk, std::uint32_t count) {
  std::vector<Packet> kept;
  for (std::uint32_t i = 0; i < count; ++i) kept.push_back(make_and_keep(talk, i));
  report(talk, std::vector<OutputReport>(count, line("out")));
}

/// Continues to fill the pipe after the commit.
void write_on_into_the_pipe(HostileCall& talk) {
  Packet created = talk.request(CreateOutput{"out"});
  const int pipe = created.descriptors.at(0).get();
  ::signal(SIGPIPE, SIG_IGN);
  (void)base::write_all(pipe, three_bytes());
  std::jthread writer([pipe] {
    while (base::write_all(pipe, std::array{std::byte{'x'}})) continue;
  });
  (void)talk.request(CommitOutput{0});
  writer.join();
  report(talk, {line("out")});
}

/// Writes the initial thread budget and the next one to its output.
void report_budgets(HostileCall& talk) {
  (void)talk.request(CreateOutput{"out"});
  talk.post(Progress{0.1, {}, 0, 0});
  const auto budget = parse_message<ThreadBudget>(talk.receive());
  if (!budget) ::_exit(1);
  const auto digit = [](std::uint32_t threads) { return static_cast<std::byte>('0' + threads); };
  (void)talk.request(WriteOutput{0, 0, {digit(talk.work.threads), digit(budget->threads)}});
  (void)talk.request(CommitOutput{0});
  report(talk, {line("out")});
}

const std::map<std::string, std::function<void(HostileCall&)>>& misbehaviours() {
  static const std::map<std::string, std::function<void(HostileCall&)>> all{
      {"nothing wrong", [](HostileCall& talk) { make(talk), report(talk, {line("out")}); }},
      {"a wrong size", [](HostileCall& talk) { make(talk), report(talk, {line("out", 1U << 30)}); }},
      {"an unknown format",
       [](HostileCall& talk) { make(talk), report(talk, {line("out", 3, "raw\r\nX: y")}); }},
      {"too many outputs at once",
       [](HostileCall& talk) {
         for (;;) (void)talk.request(CreateOutput{"out"});
       }},
      {"too many outputs",
       [](HostileCall& talk) {
         for (std::uint32_t i = 0;; ++i)
           (void)talk.request(CreateOutput{"out"}), (void)talk.request(CommitOutput{i});
       }},
      {"many outputs", [](HostileCall& talk) { make_many(talk, 100); }},
      {"writing to the pipe after the commit", write_on_into_the_pipe},
      {"thread budgets", report_budgets},
      {"a message of the zygote",
       [](HostileCall& talk) {
         talk.post(WorkerReady{1, "x"});
       }},
      {"a packet without a header", [](HostileCall& talk) { talk.raw("x"); }},
      {"a count beyond the message",
       [](HostileCall& talk) { talk.raw(std::string_view("\x0e\1\1\xff\xff\xff\xff", 7)); }},
      {"a message that is too long",
       [](HostileCall& talk) {
         for (;;) talk.raw(std::string("\x0e\0", 2) + std::string(65'534, 'x'));
       }},
      {"descriptors",
       [](HostileCall& talk) {
         const int number = 0;
         (void)send_message(talk.channel, Progress{}, std::span(&number, 1));
         ::pause();
       }},
      {"a name that leaves the folder",
       [](HostileCall& talk) { (void)talk.request(CreateOutput{"../out"}); }},
      {"an absolute name", [](HostileCall& talk) { (void)talk.request(CreateOutput{"/etc/out"}); }},
      {"no name", [](HostileCall& talk) { (void)talk.request(CreateOutput{""}); }},
      {"a name with a zero byte",
       [](HostileCall& talk) { (void)talk.request(CreateOutput{std::string("a\0b", 3)}); }},
      {"a commit of an unknown output", [](HostileCall& talk) { (void)talk.request(CommitOutput{7}); }},
      {"a write to an unknown output",
       [](HostileCall& talk) {
         (void)talk.request(WriteOutput{7, 0, three_bytes()});
       }},
      {"a second commit", [](HostileCall& talk) { make(talk), (void)talk.request(CommitOutput{0}); }},
      {"a write after the commit",
       [](HostileCall& talk) {
         make(talk), (void)talk.request(WriteOutput{0, 0, three_bytes()});
       }},
      {"a descriptor request for an unknown output",
       [](HostileCall& talk) { (void)talk.request(RequestDescriptor{7}); }},
      {"a descriptor request after the commit",
       [](HostileCall& talk) { make(talk), (void)talk.request(RequestDescriptor{0}); }},
      {"a descriptor request after a write",
       [](HostileCall& talk) {
         (void)talk.request(CreateOutput{"out"}), (void)talk.request(WriteOutput{0, 0, three_bytes()}),
             (void)talk.request(RequestDescriptor{0});
       }},
      {"a write beside the descriptor",
       [](HostileCall& talk) {
         (void)create_and_hold(talk), (void)talk.request(WriteOutput{0, 0, three_bytes()});
       }},
      {"a write at the highest offset",
       [](HostileCall& talk) {
         (void)talk.request(CreateOutput{"out"}),
             (void)talk.request(WriteOutput{0, ~std::uint64_t{0}, three_bytes()});
       }},
      {"a read of an unknown input",
       [](HostileCall& talk) {
         (void)talk.request(ReadInput{7, 0, 1});
       }},
      {"a read of too many bytes",
       [](HostileCall& talk) {
         (void)talk.request(ReadInput{0, 0, 1U << 30});
       }},
      {"no report", [](HostileCall& talk) { make(talk), report(talk, {}); }},
      {"a report of another output", [](HostileCall& talk) { make(talk), report(talk, {line("other")}); }},
      {"a report of two outputs",
       [](HostileCall& talk) {
         make(talk), report(talk, {line("out"), line("more")});
       }},
      {"no commit",
       [](HostileCall& talk) { (void)talk.request(CreateOutput{"out"}), report(talk, {line("out")}); }},
      {"a result of another call", [](HostileCall& talk) { talk.post(CallResult{MediaInfo{}}); }},
      {"a stream of an unknown input",
       [](HostileCall& talk) {
         Report made;
         made.streams.push_back({99, 0, StreamKind::audio, StreamAction::copy, {}, {}, {}});
         talk.post(CallResult{made});
       }},
      {"an error code of the host",
       [](HostileCall& talk) {
         talk.post(CallResult{Error{Errc::cancelled, "Cancelled by the worker.", true}});
       }},
      {"no result", [](HostileCall&) { ::pause(); }},
      {"endless progress",
       [](HostileCall& talk) {
         for (std::uint64_t i = 1;; ++i) talk.post(Progress{0.5, std::chrono::nanoseconds(i), i, i});
       }},
      {"requests without reading replies",
       [](HostileCall& talk) {
         for (;;) talk.post(ReadInput{0, 0, 1U << 20});
       }},
      {"an exit without a result", [](HostileCall&) { ::_exit(3); }},
      {"out of memory", [](HostileCall&) { ::_exit(kExitOutOfMemory); }},
      {"a system call", [](HostileCall&) { ::raise(SIGSYS); }},
      {"too much processor time", [](HostileCall&) { ::raise(SIGXCPU); }},
      {"an abort", [](HostileCall&) { ::raise(SIGABRT); }},
      {"writing after the report", keep_writing},
      {"a pipe that stays open", keep_the_pipe_open},
      {"an endless output", fill_output},
  };
  return all;
}

void work(base::Descriptor end) {
  Channel channel(std::move(end), {std::size_t{64} << 20, 1000});
  const auto packet = channel.receive();
  if (!packet) ::_exit(0);
  const auto work = parse_message<CallRequest>(*packet);
  if (!work) ::_exit(1);
  HostileCall talk{channel, *work};
  const auto misbehaviour = misbehaviours().find(work->inputs.at(0).name);
  if (misbehaviour == misbehaviours().end()) ::_exit(99);
  misbehaviour->second(talk);
  ::_exit(0);
}

void fork_one(Channel& host) {
  auto ends = Channel::pair().value();
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::close(kZygoteChannelFd);
    ends.first = base::Descriptor();
    work(std::move(ends.second));
  }
  const base::Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0U)));
  const std::array<int, 2> descriptors{ends.first.get(), process.get()};
  (void)send_message(host, WorkerReady{pid, ""}, descriptors);
}

void report_exits(Channel& host) {
  int status = 0;
  for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;)
    (void)send_message(host, WorkerExited{pid, status});
}

}  // namespace

int main() {
  // Reaps children whenever it would wait.
  Channel* self = nullptr;
  Channel host(base::Descriptor(kZygoteChannelFd), {1000, 0}, [&](short events) -> Result<void> {
    report_exits(*self);
    pollfd entry{kZygoteChannelFd, events, 0};
    (void)::poll(&entry, 1, 2);
    return {};
  });
  self = &host;
  FormatRow row;
  row.name = "raw";
  row.mime_type = "application/x-raw";
  (void)send_message(host, Hello{std::string(version()), "none", {}, {row}});
  for (auto packet = host.receive(); packet; packet = host.receive()) {
    const auto request = parse_message<ForkWorkers>(*packet);
    for (std::uint32_t i = 0; request && i < request->count; ++i) fork_one(host);
  }
  while (::waitpid(-1, nullptr, 0) > 0) {
  }
}
