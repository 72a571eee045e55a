// SPDX-License-Identifier: MIT
#include "sandbox/host/exit_error.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "sandbox/protocol/zygote_settings.hpp"

namespace convert::sandbox {
namespace {

Error crash_error(std::string_view how) {
  return Error{Errc::crashed,
               fmt::format("The worker process ended without an answer ({}). Nothing else was harmed. Trying "
                           "again may help; if it does not, the input cannot be converted.",
                           how),
               true};
}

Error forbidden_call_error() {
  return Error{
      Errc::forbidden,
      "The worker process tried a system call that it is not permitted, and was ended. The input may "
      "be made to attack its decoder; if you trust it, report this."};
}

Error cpu_time_limit_error() {
  return Error{Errc::limit_exceeded,
               "The conversion took more processor time than SandboxLimits::processor_time allows. Raise it, "
               "or ask for less."};
}

Error file_size_limit_error() {
  return Error{Errc::limit_exceeded,
               "A file of the worker process grew beyond what limits.output_bytes and "
               "SandboxLimits::scratch_bytes allow. Raise them, or ask for less."};
}

Error not_confined_error() {
  return Error{Errc::unsupported,
               "The worker process could not confine itself, so it did not begin. See SandboxOptions."};
}

Error signal_error(int number) {
  if (number == SIGSYS) return forbidden_call_error();
  if (number == SIGXCPU) return cpu_time_limit_error();
  if (number == SIGXFSZ) return file_size_limit_error();
  const char* name = ::sigabbrev_np(number);
  const char* meaning = ::sigdescr_np(number);
  if (name == nullptr || meaning == nullptr) return crash_error(fmt::format("signal {}", number));
  return crash_error(fmt::format("SIG{}: {}", name, meaning));
}

}  // namespace

Error exit_error(std::optional<int> status, const SandboxLimits& limits) {
  if (!status) return crash_error("it is not known how");
  if (WIFSIGNALED(*status)) return signal_error(WTERMSIG(*status));
  const int code = WEXITSTATUS(*status);
  if (code == kExitOutOfMemory) return memory_limit_error(limits);
  if (code == kExitNotConfined) return not_confined_error();
  return crash_error(fmt::format("exit status {}", code));
}

Error memory_limit_error(const SandboxLimits& limits) {
  return Error{
      Errc::limit_exceeded,
      fmt::format("The conversion needs more memory than SandboxLimits::memory_bytes ({}) allows. Raise "
                  "it, or ask for less.",
                  limits.memory_bytes)};
}

Error scratch_limit_error(const SandboxLimits& limits) {
  return Error{
      Errc::limit_exceeded,
      fmt::format("The conversion's temporary files grew beyond SandboxLimits::scratch_bytes ({}). Raise "
                  "it, or ask for less.",
                  limits.temporary_bytes)};
}

Error stall_error(const SandboxLimits& limits) {
  return Error{
      Errc::stalled,
      fmt::format("The conversion made no progress for {} ms and was ended. Raise SandboxLimits::stall if "
                  "it needs longer.",
                  limits.stall_timeout.count())};
}

Error result_limit_error(const SandboxLimits& limits) {
  return Error{
      Errc::limit_exceeded,
      fmt::format("There is more to say about the input than SandboxLimits::answer_bytes ({}) allows. "
                  "Raise it.",
                  limits.result_bytes)};
}

}  // namespace convert::sandbox
