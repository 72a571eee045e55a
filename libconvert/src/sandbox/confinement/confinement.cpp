// SPDX-License-Identifier: MIT
#include "sandbox/confinement/confinement.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <span>

#include "base/try.hpp"
#include "sandbox/confinement/landlock.hpp"
#include "sandbox/confinement/resource_limits.hpp"
#include "sandbox/confinement/scratch_folder.hpp"

namespace convert::sandbox {
namespace {

Error cannot_confine(const Error& reason) {
  return Error{
      Errc::unsupported,
      fmt::format("Workers cannot be confined on this machine: {} Run on a system that allows seccomp "
                  "filters, or allow unconfined workers if you trust every file.",
                  reason.message)};
}

/// The kernel requires this before it accepts a filter.
Result<void> set_no_new_privileges() {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) return {};
  return base::system_error(errno, "Cannot give up new privileges");
}

/// Ends the trial process. Its error goes through a pipe, since a filter leaves only write().
[[noreturn]] void end_trial(const Result<void>& entered, int words) {
  if (entered) ::_exit(kExitDone);
  (void)base::write_all(words, std::as_bytes(std::span(entered.error().message)));
  ::_exit(kExitNotConfined);
}

/// The error of the trial process; empty if there is none.
std::string read_trial_message(int words) {
  std::array<char, 512> text{};
  const auto count = base::read_some(words, std::as_writable_bytes(std::span(text)));
  return std::string(text.data(), count.value_or(std::size_t{0}));
}

}  // namespace

Result<Confinement> Confinement::prepare(const ZygoteSettings& settings, base::Descriptor& scratch_root) {
  Confinement confinement;
  confinement.settings_ = settings;
  auto memory = memory_in_use();
  auto with_files = SystemCallFilter::make(true);
  auto without_files = SystemCallFilter::make(false);
  Result<void> prepared = set_no_new_privileges();
  if (!memory) prepared = memory.error();
  if (!with_files) prepared = with_files.error();
  if (!without_files) prepared = without_files.error();
  if (prepared) {
    confinement.initial_memory_ = *memory;
    confinement.with_files_ = std::move(*with_files);
    confinement.without_files_ = std::move(*without_files);
    confinement.landlock_ = landlock_version();
    confinement.namespaces_ = enter_namespaces(scratch_root);
    prepared = confinement.run_trial(scratch_root.get());
  }
  if (!prepared && !settings.unconfined) return cannot_confine(prepared.error());
  confinement.confined_ = prepared.has_value();
  if (confinement.confined_) confinement.description_ = confinement.describe();
  return confinement;
}

std::string Confinement::describe() const {
  std::string text = "seccomp, resource limits";
  if (landlock_ > 0) text += fmt::format(", Landlock {}", landlock_);
  if (const auto names = namespaces_.describe(); !names.empty()) text += ", " + names;
  return text;
}

Result<void> Confinement::run_trial(int scratch_root) const {
  const std::string name = "trial";
  CONVERT_TRY_ASSIGN(const auto scratch, make_scratch_folder(scratch_root, name, random_device()));
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return base::system_error(errno, "Cannot make a pipe");
  const base::Descriptor out(ends[0]);
  base::Descriptor in(ends[1]);
  const pid_t child = ::fork();
  if (child == 0) end_trial(apply_layers(scratch.get()), in.get());
  if (child < 0) return base::system_error(errno, "Cannot fork");
  in = base::Descriptor();
  const std::string words = read_trial_message(out.get());
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return base::system_error(errno, "Cannot wait for a child");
  }
  remove_scratch(scratch_root, name);
  if (WIFEXITED(status) && WEXITSTATUS(status) == kExitDone) return {};
  if (!words.empty()) return Error{Errc::unsupported, words};
  return Error{Errc::unsupported, "The system ended a process that confined itself for a trial."};
}

Result<void> Confinement::enter(int scratch) const {
  if (confined_) return apply_layers(scratch);
  if (::fchdir(scratch) != 0) return base::system_error(errno, "Cannot enter the scratch folder");
  return {};
}

Result<void> Confinement::apply_layers(int scratch) const {
  if (::fchdir(scratch) != 0) return base::system_error(errno, "Cannot enter the scratch folder");
  CONVERT_TRY_ASSIGN(const auto rooted, drop_privileges(namespaces_));
  if (auto limited = apply_process_limits(settings_, initial_memory_, namespaces_.user_namespaces); !limited)
    return limited;
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return base::system_error(errno, "Cannot forbid dumps");
  if (landlock_ > 0) {
    CONVERT_TRY(enter_landlock(landlock_, scratch));
  }
  ::close(scratch);  // the descriptor would allow to leave the new root folder
  return (rooted || landlock_ > 0 ? *with_files_ : *without_files_).enter();
}

}  // namespace convert::sandbox
