// SPDX-License-Identifier: MIT
// A worker program that was taken over: what it does wrong is the name of its first input.
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

#include "sandbox/wire.hpp"
#include "sandbox/zygote_settings.hpp"

namespace {

using namespace convert;
using namespace convert::sandbox;

/// A worker's side of one call.
struct Talk {
  Channel& channel;
  const Work& work;

  template <class Message>
  void say(const Message& message) {
    if (!send(channel, message)) ::_exit(0);
  }
  Packet hear() {
    auto packet = channel.receive();
    if (!packet) ::_exit(0);
    return std::move(*packet);
  }
  template <class Message>
  Packet ask(const Message& message) {
    say(message);
    return hear();
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

std::vector<std::byte> abc() { return {std::byte{'a'}, std::byte{'b'}, std::byte{'c'}}; }

/// Creates one output, and asks for what it can be written through, if that did not come with it.
Packet hold(Talk& talk, std::uint32_t number = 0) {
  Packet created = talk.ask(Create{"out"});
  return created.descriptors.empty() ? talk.ask(HandOver{number}) : std::move(created);
}

/// Makes one output as it should be done, but for the report.
void make(Talk& talk) {
  Packet created = hold(talk);
  if (created.descriptors.empty()) {
    (void)talk.ask(Write{0, 0, abc()});
  } else {
    (void)io::write_all(created.descriptors[0].get(), abc());
  }
  created.descriptors.clear();
  (void)talk.ask(Commit{0});
}

void report(Talk& talk, std::vector<OutputReport> lines) {
  Report report;
  report.outputs = std::move(lines);
  talk.say(Finished{report});
}

void keep_writing(Talk& talk) {
  Packet created = hold(talk);
  const int file = created.descriptors.at(0).get();
  (void)io::write_all_at(file, 0, abc());
  (void)talk.ask(Commit{0});
  report(talk, {line("out")});
  for (std::uint64_t i = 0;; ++i) (void)io::write_all_at(file, i % 3, std::array{std::byte{'x'}});
}

/// Leaves its end of the pipe in its channel, where it stays open when the process has ended.
void keep_the_pipe_open(Talk& talk) {
  Packet created = hold(talk);
  const int pipe = created.descriptors.at(0).get();
  (void)io::write_all(pipe, abc());
  (void)talk.ask(Commit{0});
  Report made;
  made.outputs.push_back(line("out"));
  made.warnings.resize(20'000, {WarningCode::damaged, "It takes a while to read all of this."});
  talk.say(Finished{made});
  (void)send(talk.channel, Progress{}, std::span(&pipe, 1));
  ::pause();
}

void fill_output(Talk& talk) {
  Packet created = hold(talk);
  const std::vector<std::byte> block(100'000);
  for (std::uint64_t at = 0;; at += block.size()) {
    if (created.descriptors.empty()) {
      (void)talk.ask(Write{0, at, block});
    } else {
      (void)io::write_all_at(created.descriptors[0].get(), at, block);
      (void)::poll(nullptr, 0, 1);  // slower than a disk fills
    }
  }
}

/// One output, of which the worker keeps its end.
Packet make_and_keep(Talk& talk, std::uint32_t number) {
  Packet created = hold(talk, number);
  (void)io::write_all(created.descriptors.at(0).get(), abc());
  (void)talk.ask(Commit{number});
  return created;
}

void make_many(Talk& talk, std::uint32_t count) {
  std::vector<Packet> kept;
  for (std::uint32_t i = 0; i < count; ++i) kept.push_back(make_and_keep(talk, i));
  report(talk, std::vector<OutputReport>(count, line("out")));
}

/// Commits, and fills the pipe on.
void write_on_into_the_pipe(Talk& talk) {
  Packet created = talk.ask(Create{"out"});
  const int pipe = created.descriptors.at(0).get();
  ::signal(SIGPIPE, SIG_IGN);
  (void)io::write_all(pipe, abc());
  std::jthread writer([pipe] {
    while (io::write_all(pipe, std::array{std::byte{'x'}})) continue;
  });
  (void)talk.ask(Commit{0});
  writer.join();
  report(talk, {line("out")});
}

/// Has as its output the budget of threads that it begins with, and the next that it is told.
void tell_budgets(Talk& talk) {
  (void)talk.ask(Create{"out"});
  talk.say(Progress{0.1, {}, 0, 0});
  const auto budget = read<Budget>(talk.hear());
  if (!budget) ::_exit(1);
  const auto digit = [](std::uint32_t threads) { return static_cast<std::byte>('0' + threads); };
  (void)talk.ask(Write{0, 0, {digit(talk.work.threads), digit(budget->threads)}});
  (void)talk.ask(Commit{0});
  report(talk, {line("out")});
}

const std::map<std::string, std::function<void(Talk&)>>& tricks() {
  static const std::map<std::string, std::function<void(Talk&)>> all{
      {"nothing wrong", [](Talk& talk) { make(talk), report(talk, {line("out")}); }},
      {"a wrong size", [](Talk& talk) { make(talk), report(talk, {line("out", 1U << 30)}); }},
      {"an unknown format", [](Talk& talk) { make(talk), report(talk, {line("out", 3, "raw\r\nX: y")}); }},
      {"too many outputs at once",
       [](Talk& talk) {
         for (;;) (void)talk.ask(Create{"out"});
       }},
      {"too many outputs",
       [](Talk& talk) {
         for (std::uint32_t i = 0;; ++i) (void)talk.ask(Create{"out"}), (void)talk.ask(Commit{i});
       }},
      {"many outputs", [](Talk& talk) { make_many(talk, 100); }},
      {"writing on into the pipe", write_on_into_the_pipe},
      {"budgets", tell_budgets},
      {"a message of the zygote",
       [](Talk& talk) {
         talk.say(Ready{1, "x"});
       }},
      {"a packet without a head", [](Talk& talk) { talk.raw("x"); }},
      {"a count beyond reason",
       [](Talk& talk) { talk.raw(std::string_view("\x0e\1\1\xff\xff\xff\xff", 7)); }},
      {"a message that is too long",
       [](Talk& talk) {
         for (;;) talk.raw(std::string("\x0e\0", 2) + std::string(65'534, 'x'));
       }},
      {"descriptors",
       [](Talk& talk) {
         const int number = 0;
         (void)send(talk.channel, Progress{}, std::span(&number, 1));
         ::pause();
       }},
      {"a name that leaves", [](Talk& talk) { (void)talk.ask(Create{"../out"}); }},
      {"an absolute name", [](Talk& talk) { (void)talk.ask(Create{"/etc/out"}); }},
      {"no name", [](Talk& talk) { (void)talk.ask(Create{""}); }},
      {"a name with a zero", [](Talk& talk) { (void)talk.ask(Create{std::string("a\0b", 3)}); }},
      {"an output that there is not", [](Talk& talk) { (void)talk.ask(Commit{7}); }},
      {"a write to no output",
       [](Talk& talk) {
         (void)talk.ask(Write{7, 0, abc()});
       }},
      {"a second commit", [](Talk& talk) { make(talk), (void)talk.ask(Commit{0}); }},
      {"a write after the commit",
       [](Talk& talk) {
         make(talk), (void)talk.ask(Write{0, 0, abc()});
       }},
      {"a wish for no output", [](Talk& talk) { (void)talk.ask(HandOver{7}); }},
      {"a wish after the commit", [](Talk& talk) { make(talk), (void)talk.ask(HandOver{0}); }},
      {"a wish after a write",
       [](Talk& talk) {
         (void)talk.ask(Create{"out"}), (void)talk.ask(Write{0, 0, abc()}), (void)talk.ask(HandOver{0});
       }},
      {"a write past the descriptor",
       [](Talk& talk) {
         (void)hold(talk), (void)talk.ask(Write{0, 0, abc()});
       }},
      {"a write beyond all numbers",
       [](Talk& talk) {
         (void)talk.ask(Create{"out"}), (void)talk.ask(Write{0, ~std::uint64_t{0}, abc()});
       }},
      {"an input that there is not",
       [](Talk& talk) {
         (void)talk.ask(Read{7, 0, 1});
       }},
      {"too much of an input",
       [](Talk& talk) {
         (void)talk.ask(Read{0, 0, 1U << 30});
       }},
      {"no report", [](Talk& talk) { make(talk), report(talk, {}); }},
      {"a report of something else", [](Talk& talk) { make(talk), report(talk, {line("other")}); }},
      {"a report of more",
       [](Talk& talk) {
         make(talk), report(talk, {line("out"), line("more")});
       }},
      {"no commit", [](Talk& talk) { (void)talk.ask(Create{"out"}), report(talk, {line("out")}); }},
      {"another answer", [](Talk& talk) { talk.say(Finished{MediaInfo{}}); }},
      {"a stream of no input",
       [](Talk& talk) {
         Report made;
         made.streams.push_back({99, 0, StreamKind::audio, Action::copy, {}, {}, {}});
         talk.say(Finished{made});
       }},
      {"an error that is not its to give",
       [](Talk& talk) {
         talk.say(Finished{Error{Errc::cancelled, "Cancelled, says the worker.", true}});
       }},
      {"no answer", [](Talk&) { ::pause(); }},
      {"progress for ever",
       [](Talk& talk) {
         for (std::uint64_t i = 1;; ++i) talk.say(Progress{0.5, std::chrono::nanoseconds(i), i, i});
       }},
      {"questions without listening",
       [](Talk& talk) {
         for (;;) talk.say(Read{0, 0, 1U << 20});
       }},
      {"an end without a word", [](Talk&) { ::_exit(3); }},
      {"out of memory", [](Talk&) { ::_exit(kOutOfMemory); }},
      {"a system call", [](Talk&) { ::raise(SIGSYS); }},
      {"too much processor time", [](Talk&) { ::raise(SIGXCPU); }},
      {"an abort", [](Talk&) { ::raise(SIGABRT); }},
      {"writing on", keep_writing},
      {"a pipe that stays open", keep_the_pipe_open},
      {"an output without end", fill_output},
  };
  return all;
}

void work(io::Descriptor end) {
  Channel channel(std::move(end), {std::size_t{64} << 20, 1000});
  const auto packet = channel.receive();
  if (!packet) ::_exit(0);
  const auto work = read<Work>(*packet);
  if (!work) ::_exit(1);
  Talk talk{channel, *work};
  const auto trick = tricks().find(work->inputs.at(0).name);
  if (trick == tricks().end()) ::_exit(99);
  trick->second(talk);
  ::_exit(0);
}

void fork_one(Channel& host) {
  auto ends = Channel::pair().value();
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::close(kZygoteChannel);
    ends.first = io::Descriptor();
    work(std::move(ends.second));
  }
  const io::Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0U)));
  const std::array<int, 2> descriptors{ends.first.get(), process.get()};
  (void)send(host, Ready{pid, ""}, descriptors);
}

void tell_who_ended(Channel& host) {
  int status = 0;
  for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) (void)send(host, Exited{pid, status});
}

}  // namespace

int main() {
  // Looks for ended children each time it would wait.
  Channel* self = nullptr;
  Channel host(io::Descriptor(kZygoteChannel), {1000, 0}, [&](short events) -> Result<void> {
    tell_who_ended(*self);
    pollfd entry{kZygoteChannel, events, 0};
    (void)::poll(&entry, 1, 2);
    return {};
  });
  self = &host;
  FormatRow row;
  row.name = "raw";
  row.mime_type = "application/x-raw";
  (void)send(host, Hello{std::string(version()), "none", {}, {row}});
  for (auto packet = host.receive(); packet; packet = host.receive()) {
    const auto asked = read<Fork>(*packet);
    for (std::uint32_t i = 0; asked && i < asked->count; ++i) fork_one(host);
  }
  while (::waitpid(-1, nullptr, 0) > 0) {
  }
}
