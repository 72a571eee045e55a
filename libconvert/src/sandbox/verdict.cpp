// SPDX-License-Identifier: MIT
#include "sandbox/verdict.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "sandbox/zygote_settings.hpp"

namespace convert::sandbox {
namespace {

Error crashed(std::string_view how) {
  return Error{Errc::crashed,
               fmt::format("The worker process ended without an answer ({}). Nothing else was harmed. Trying "
                           "again may help; if it does not, the input cannot be converted.",
                           how),
               true};
}

Error not_permitted() {
  return Error{
      Errc::forbidden,
      "The worker process tried a system call that it is not permitted, and was ended. The input may "
      "be made to attack its decoder; if you trust it, report this."};
}

Error out_of_processor_time() {
  return Error{Errc::limit_exceeded,
               "The conversion took more processor time than SandboxLimits::processor_time allows. Raise it, "
               "or ask for less."};
}

Error out_of_file_size() {
  return Error{Errc::limit_exceeded,
               "A file of the worker process grew beyond what limits.output_bytes and "
               "SandboxLimits::scratch_bytes allow. Raise them, or ask for less."};
}

Error not_confined() {
  return Error{Errc::unsupported,
               "The worker process could not confine itself, so it did not begin. See SandboxOptions."};
}

Error by_signal(int number) {
  if (number == SIGSYS) return not_permitted();
  if (number == SIGXCPU) return out_of_processor_time();
  if (number == SIGXFSZ) return out_of_file_size();
  const char* name = ::sigabbrev_np(number);
  const char* meaning = ::sigdescr_np(number);
  if (name == nullptr || meaning == nullptr) return crashed(fmt::format("signal {}", number));
  return crashed(fmt::format("SIG{}: {}", name, meaning));
}

}  // namespace

Error verdict(std::optional<int> status, const SandboxLimits& limits) {
  if (!status) return crashed("it is not known how");
  if (WIFSIGNALED(*status)) return by_signal(WTERMSIG(*status));
  const int code = WEXITSTATUS(*status);
  if (code == kOutOfMemory) return out_of_memory(limits);
  if (code == kNotConfined) return not_confined();
  return crashed(fmt::format("exit status {}", code));
}

Error out_of_memory(const SandboxLimits& limits) {
  return Error{
      Errc::limit_exceeded,
      fmt::format("The conversion needs more memory than SandboxLimits::memory_bytes ({}) allows. Raise "
                  "it, or ask for less.",
                  limits.memory_bytes)};
}

Error out_of_scratch(const SandboxLimits& limits) {
  return Error{
      Errc::limit_exceeded,
      fmt::format("The conversion's temporary files grew beyond SandboxLimits::scratch_bytes ({}). Raise "
                  "it, or ask for less.",
                  limits.scratch_bytes)};
}

Error stalled(const SandboxLimits& limits) {
  return Error{
      Errc::stalled,
      fmt::format("The conversion made no progress for {} ms and was ended. Raise SandboxLimits::stall if "
                  "it needs longer.",
                  limits.stall.count())};
}

Error answer_too_long(const SandboxLimits& limits) {
  return Error{
      Errc::limit_exceeded,
      fmt::format("There is more to say about the input than SandboxLimits::answer_bytes ({}) allows. "
                  "Raise it.",
                  limits.answer_bytes)};
}

}  // namespace convert::sandbox
