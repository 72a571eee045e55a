// SPDX-License-Identifier: MIT
#include "sandbox/confinement.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <span>

#include "sandbox/landlock.hpp"
#include "sandbox/limits.hpp"
#include "sandbox/scratch.hpp"

namespace convert::sandbox {
namespace {

Error refuse(const Error& reason) {
  return Error{Errc::unsupported,
               fmt::format("Workers can't be confined on this machine: {} Run it where seccomp filters are "
                           "allowed, or set SandboxOptions::run_unconfined if you trust every file.",
                           reason.message)};
}

/// What a process must have given up before the kernel takes its filters.
Result<void> no_new_privileges() {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) return {};
  return io::system_error(errno, "Cannot give up new privileges");
}

/// Ends the trial. Its words go through a pipe that was there before: write is what a filter leaves.
[[noreturn]] void end_trial(const Result<void>& entered, int words) {
  if (entered) ::_exit(kDone);
  (void)io::write_all(words, std::as_bytes(std::span(entered.error().message)));
  ::_exit(kNotConfined);
}

/// What the trial had to say; nothing if it could not say it.
std::string read_words(int words) {
  std::array<char, 512> text{};
  const auto count = io::read_some(words, std::as_writable_bytes(std::span(text)));
  return std::string(text.data(), count.value_or(std::size_t{0}));
}

}  // namespace

Result<Confinement> Confinement::prepare(const ZygoteSettings& settings, io::Descriptor& scratch_root) {
  Confinement all;
  all.settings_ = settings;
  auto memory = memory_in_use();
  auto with_files = SystemCallFilter::make(true);
  auto without_files = SystemCallFilter::make(false);
  Result<void> ready = no_new_privileges();
  if (!memory) ready = memory.error();
  if (!with_files) ready = with_files.error();
  if (!without_files) ready = without_files.error();
  if (ready) {
    all.memory_before_ = *memory;
    all.with_files_ = std::move(*with_files);
    all.without_files_ = std::move(*without_files);
    all.landlock_ = landlock_version();
    all.namespaces_ = enter_namespaces(scratch_root);
    ready = all.try_out(scratch_root.get());
  }
  if (!ready && !settings.unconfined) return refuse(ready.error());
  all.confined_ = ready.has_value();
  if (all.confined_) all.text_ = all.describe();
  return all;
}

std::string Confinement::describe() const {
  std::string text = "seccomp, resource limits";
  if (landlock_ > 0) text += fmt::format(", Landlock {}", landlock_);
  if (const auto names = namespaces_.describe(); !names.empty()) text += ", " + names;
  return text;
}

Result<void> Confinement::try_out(int scratch_root) const {
  const std::string name = "trial";
  const auto scratch = make_scratch(scratch_root, name, chance());
  if (!scratch) return scratch.error();
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return io::system_error(errno, "Cannot make a pipe");
  const io::Descriptor out(ends[0]);
  io::Descriptor in(ends[1]);
  const pid_t child = ::fork();
  if (child == 0) end_trial(enter_all(scratch->get()), in.get());
  if (child < 0) return io::system_error(errno, "Cannot fork");
  in = io::Descriptor();
  const std::string words = read_words(out.get());
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return io::system_error(errno, "Cannot wait for a child");
  }
  drop_scratch(scratch_root, name);
  if (WIFEXITED(status) && WEXITSTATUS(status) == kDone) return {};
  if (!words.empty()) return Error{Errc::unsupported, words};
  return Error{Errc::unsupported, "A process that was confined for a trial was ended by the system."};
}

Result<void> Confinement::enter(int scratch) const {
  if (confined_) return enter_all(scratch);
  if (::fchdir(scratch) != 0) return io::system_error(errno, "Cannot enter the scratch folder");
  return {};
}

Result<void> Confinement::enter_all(int scratch) const {
  if (::fchdir(scratch) != 0) return io::system_error(errno, "Cannot enter the scratch folder");
  const auto rooted = give_up_privileges(namespaces_);
  if (!rooted) return rooted.error();
  if (auto limited = limit_process(settings_, memory_before_, namespaces_.own_user); !limited) return limited;
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return io::system_error(errno, "Cannot forbid dumps");
  if (landlock_ > 0) {
    if (auto entered = enter_landlock(landlock_, scratch); !entered) return entered;
  }
  ::close(scratch);  // the way back to a folder that was opened before is closed too
  return (*rooted || landlock_ > 0 ? *with_files_ : *without_files_).enter();
}

}  // namespace convert::sandbox
