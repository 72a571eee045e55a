// SPDX-License-Identifier: MIT
#include "sandbox/host/exit_error.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include <string>
#include <string_view>

#include "sandbox/protocol/zygote_settings.hpp"

namespace convert::sandbox {
namespace {

Error crash_error(std::string_view how) {
  return Error{Errc::crashed,
               fmt::format("The worker process ended without a result ({}). Nothing else was affected. Try "
                           "again; if that fails too, the input cannot be converted.",
                           how),
               true};
}

Error forbidden_call_error() {
  return Error{Errc::forbidden,
               "The worker process made a system call that is not permitted and was ended. The input may be "
               "crafted to attack its decoder. If you trust it, report this as a bug."};
}

Error cpu_time_limit_error(const SandboxLimits& limits) {
  const std::string value =
      limits.cpu_time.count() > 0 ? fmt::format(" of {} s", limits.cpu_time.count()) : "";
  return Error{
      Errc::limit_exceeded,
      fmt::format("The conversion needs more processor time than the limit{}. Request less.", value)};
}

Error file_size_limit_error() {
  return Error{
      Errc::limit_exceeded,
      "A file of the conversion is larger than the limits on outputs and temporary files. Request less."};
}

Error not_confined_error() {
  return Error{Errc::unsupported, "The worker process could not confine itself and did not start."};
}

Error signal_error(int number, const SandboxLimits& limits) {
  if (number == SIGSYS) return forbidden_call_error();
  if (number == SIGXCPU) return cpu_time_limit_error(limits);
  if (number == SIGXFSZ) return file_size_limit_error();
  const char* name = ::sigabbrev_np(number);
  const char* meaning = ::sigdescr_np(number);
  if (name == nullptr || meaning == nullptr) return crash_error(fmt::format("signal {}", number));
  return crash_error(fmt::format("SIG{}: {}", name, meaning));
}

}  // namespace

Error exit_error(std::optional<int> status, const SandboxLimits& limits) {
  if (!status) return crash_error("for an unknown reason");
  if (WIFSIGNALED(*status)) return signal_error(WTERMSIG(*status), limits);
  const int code = WEXITSTATUS(*status);
  if (code == kExitOutOfMemory) return memory_limit_error(limits);
  if (code == kExitNotConfined) return not_confined_error();
  return crash_error(fmt::format("exit status {}", code));
}

Error memory_limit_error(const SandboxLimits& limits) {
  return Error{Errc::limit_exceeded,
               fmt::format("The conversion needs more memory than the limit of {} bytes. Request less.",
                           limits.memory_bytes)};
}

Error scratch_limit_error(const SandboxLimits& limits) {
  return Error{
      Errc::limit_exceeded,
      fmt::format(
          "The temporary files of the conversion are larger than the limit of {} bytes. Request less.",
          limits.temporary_bytes)};
}

Error stall_error(const SandboxLimits& limits) {
  return Error{Errc::stalled, fmt::format("The conversion made no progress for {} ms and was ended.",
                                          limits.stall_timeout.count())};
}

Error result_limit_error(const SandboxLimits& limits) {
  return Error{
      Errc::limit_exceeded,
      fmt::format("The description of the file is larger than the limit of {} bytes.", limits.result_bytes)};
}

}  // namespace convert::sandbox
