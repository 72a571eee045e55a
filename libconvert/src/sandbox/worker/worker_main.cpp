// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <malloc.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <limits>

#include <convert/version.hpp>
#include <convert/worker.hpp>

#include "sandbox/confinement/confinement.hpp"
#include "sandbox/confinement/resource_limits.hpp"
#include "sandbox/protocol/format_table.hpp"
#include "sandbox/protocol/messages.hpp"
#include "sandbox/worker/host_connection.hpp"
#include "sandbox/worker/warm_up.hpp"
#include "sandbox/worker/zygote.hpp"

namespace convert {
namespace sandbox {
namespace {

constexpr int kFirstFreeNumber = 10;
constexpr unsigned kLastDescriptor = std::numeric_limits<unsigned>::max();

Result<void> close_descriptor_range(unsigned first, unsigned last) {
  if (first > last || ::syscall(SYS_close_range, first, last, 0u) == 0) return {};
  return base::system_error(errno, "Cannot close the descriptors that a worker must not have");
}

/// Opens /dev/null above the numbers of the standard streams, and uses it for those of them that are closed,
/// so that no other descriptor can get their numbers.
Result<base::Descriptor> occupy_standard_streams() {
  const base::Descriptor opened = base::open_path("/dev/null", O_RDWR);
  base::Descriptor null_device(::fcntl(opened.get(), F_DUPFD_CLOEXEC, kFirstFreeNumber));
  if (!null_device) return base::system_error(errno, "Cannot open /dev/null");
  for (int stream = 0; stream <= STDERR_FILENO; ++stream) {
    const bool closed = ::fcntl(stream, F_GETFD) < 0 || stream == opened.get();
    if (closed && stream != opened.get() && ::dup2(null_device.get(), stream) < 0) {
      return base::system_error(errno, "Cannot open a standard stream");
    }
  }
  return null_device;
}

/// Makes the standard streams `null_device` and closes every other descriptor but `one` and `other`.
Result<void> close_other_descriptors(int one, int other, int null_device) {
  // Reports of sanitizers stay visible; a compromised worker must not write to a terminal.
  const int last_stream = kSanitized ? STDOUT_FILENO : STDERR_FILENO;
  for (int stream = 0; stream <= last_stream; ++stream) {
    if (::dup2(null_device, stream) < 0) return base::system_error(errno, "Cannot close a standard stream");
  }
  const auto low = static_cast<unsigned>(std::min(one, other));
  const auto high = static_cast<unsigned>(std::max(one, other));
  auto closed = close_descriptor_range(STDERR_FILENO + 1, low - 1);
  if (closed) closed = close_descriptor_range(low + 1, high - 1);
  if (closed) closed = close_descriptor_range(high + 1, kLastDescriptor);
  return closed;
}

constexpr int kExitFailed = 1, kExitWrongStart = 2;
constexpr ChannelLimits kZygoteCommandLimits{std::size_t{64} << 10, 0};

/// The settings on the command line.
std::optional<ZygoteSettings> settings_from_command_line() {
  const base::Descriptor file = base::open_path("/proc/self/cmdline", O_RDONLY);
  std::array<char, 1024> text{};
  const auto count = base::read_some(file.get(), std::as_writable_bytes(std::span(text)));
  if (!count) return {};
  const std::string_view line(text.data(), *count);  // each argument ends with a zero byte
  const auto begin = line.find('\0');
  const auto end = begin == line.npos ? begin : line.find('\0', begin + 1);
  if (end == line.npos) return {};
  return parse_settings(line.substr(begin + 1, end - begin - 1));
}

bool has_channel() {
  int type = 0;
  socklen_t size = sizeof type;
  return ::getsockopt(kZygoteChannelFd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
}

bool has_scratch_root() {
  struct stat status {};
  return ::fstat(kScratchRootFd, &status) == 0 && S_ISDIR(status.st_mode);
}

/// The host stops its workers by closing the channel, after it has finished their calls. Signals that a
/// terminal or a service manager sends to the whole process group would come too early.
void ignore_signals() {
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGXFSZ}) ::signal(number, SIG_IGN);
  for (const int number : {SIGXCPU, SIGSYS, SIGCHLD, SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) {
    if (!kSanitized || number == SIGCHLD) ::signal(number, SIG_DFL);
  }
}

/// Temporary files, libarchive's too, go to the current folder: see Confinement::enter. With TZ set, the time
/// zone is read only once.
Result<void> set_up_environment(int scratch_root) {
  if (::fchdir(scratch_root) != 0) return base::system_error(errno, "Cannot enter the scratch folder");
  if (::setenv("TMPDIR", ".", 1) != 0 || ::setenv("TZ", ":/etc/localtime", 1) != 0)
    return base::system_error(errno, "Cannot set the environment");
  return {};
}

int report_error(const Error& error) {
  std::fprintf(stderr, "%s\n", error.message.c_str());
  return kExitFailed;
}

int run(const Library& library, const ZygoteSettings& settings, const std::function<void()>& warm_up) {
  Channel channel(base::Descriptor(kZygoteChannelFd), kZygoteCommandLimits);
  base::Descriptor root(kScratchRootFd);
  ignore_signals();
  const auto null_device = occupy_standard_streams();
  if (!null_device) return report_error(null_device.error());
  if (auto environment = set_up_environment(root.get()); !environment)
    return report_error(environment.error());
  const WarmUp preloaded(library);
  if (warm_up) warm_up();
  // Free memory of the zygote would be copied for each worker.
  (void)::malloc_trim(0);

  Hello hello;
  hello.build = version();
  hello.formats = format_rows(library.formats());
  const auto confinement = Confinement::prepare(settings, root);
  if (confinement) {
    hello.confinement = confinement->text();
  } else {
    hello.failure = confinement.error();
  }
  if (auto sent = send_message(channel, hello); !sent) return report_error(sent.error());
  if (!confinement) return kExitFailed;

  Zygote zygote(channel, root.get(), confinement->random_device(),
                [&](base::Descriptor scratch, base::Descriptor own) {
                  const auto kept = close_other_descriptors(scratch.get(), own.get(), null_device->get());
                  if (!kept || !confinement->enter(scratch.release())) ::_exit(kExitNotConfined);
                  serve_call(library, settings, std::move(own));
                });
  const auto ended = zygote.run();
  return ended ? EXIT_SUCCESS : report_error(ended.error());
}

}  // namespace
}  // namespace sandbox

int worker_main(const Library& library, const std::function<void()>& warm_up) {
  const auto settings = sandbox::settings_from_command_line();
  if (!settings || !sandbox::has_channel() || !sandbox::has_scratch_root()) {
    std::fputs(
        "This program runs conversions for convert::Sandbox, which starts it. Do not start it by hand.\n",
        stderr);
    return sandbox::kExitWrongStart;
  }
  const int status = sandbox::run(library, *settings, warm_up);
  // LeakSanitizer needs /proc, which this process cannot read any more.
  if (sandbox::kSanitized) ::_exit(status);
  return status;
}

}  // namespace convert
