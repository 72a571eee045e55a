// SPDX-License-Identifier: MIT
// System calls that no conversion needs. Each must kill the worker; an attempt that returns has failed the
// test.
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "sandbox/escape_attempts.hpp"

namespace convert::test {
namespace {

/// The call returned: the filter let it through.
Outcome reached(long result) { return result < 0 && errno == ENOSYS ? blocked("ENOSYS") : escaped(); }

pid_t host(const Attempt& attempt) { return static_cast<pid_t>(std::stol(attempt.target)); }

Outcome make_socket(const Attempt&) { return reached(::socket(AF_INET, SOCK_STREAM, 0)); }
Outcome make_unix_socket(const Attempt&) { return reached(::socket(AF_UNIX, SOCK_STREAM, 0)); }
Outcome connect_own(const Attempt&) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return reached(::connect(3, reinterpret_cast<const sockaddr*>(&address), sizeof address));
}
Outcome execute(const Attempt&) {
  const char* const arguments[] = {"/bin/sh", "-c", "exit 0", nullptr};
  return reached(::execve("/bin/sh", const_cast<char* const*>(arguments), nullptr));
}
Outcome fork_by_fork(const Attempt&) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  return reached(child);
}
Outcome fork_by_call(const Attempt&) {
  const long child = ::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr);
  if (child == 0) ::_exit(0);
  return reached(child);
}
Outcome trace(const Attempt& attempt) {
  return reached(::ptrace(PTRACE_ATTACH, host(attempt), nullptr, nullptr));
}
Outcome trace_me(const Attempt&) { return reached(::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr)); }
Outcome kill_host(const Attempt& attempt) { return reached(::kill(host(attempt), SIGKILL)); }
Outcome kill_parent(const Attempt&) { return reached(::kill(::getppid(), SIGKILL)); }
Outcome kill_zygote_thread(const Attempt& attempt) {
  return reached(::syscall(SYS_tgkill, host(attempt), host(attempt), SIGKILL));
}
Outcome kill_everybody(const Attempt&) { return reached(::kill(-1, SIGKILL)); }
Outcome write_host_memory(const Attempt& attempt) {
  char byte = 0;
  const iovec local{&byte, 1}, remote{&byte, 1};
  return reached(::process_vm_writev(host(attempt), &local, 1, &remote, 1, 0));
}
Outcome open_host_process(const Attempt& attempt) {
  return reached(::syscall(SYS_pidfd_open, host(attempt), 0));
}
Outcome make_namespace(const Attempt&) { return reached(::unshare(CLONE_NEWUSER)); }
Outcome change_root(const Attempt&) { return reached(::chroot(".")); }
Outcome become_root(const Attempt&) { return reached(::setuid(0)); }
Outcome use_ring(const Attempt&) { return reached(::syscall(SYS_io_uring_setup, 1, nullptr)); }
Outcome load_program(const Attempt&) { return reached(::syscall(SYS_bpf, 0, nullptr, 0)); }
Outcome share_memory(const Attempt&) { return reached(::syscall(SYS_shmget, 0, 1u << 30, 0600)); }
Outcome make_memory_file(const Attempt&) { return reached(::memfd_create("escape", 0)); }
Outcome own_file(const Attempt&) { return reached(::fcntl(0, F_SETOWN, ::getpid())); }

// These fail with an error instead of killing the worker.

Outcome run_own_code(const Attempt&) {
  void* const page =
      ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return page == MAP_FAILED ? blocked_by_errno("mmap") : escaped();
}
Outcome make_code_of_data(const Attempt&) {
  void* const page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return ::mprotect(page, 4096, PROT_READ | PROT_EXEC) != 0 ? blocked_by_errno("mprotect") : escaped();
}
Outcome map_shared(const Attempt&) {
  void* const page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return page == MAP_FAILED ? blocked_by_errno("mmap") : escaped();
}

}  // namespace

void add_system_call_attempts(Attempts& attempts) {
  attempts.insert({{"socket", &make_socket},
                   {"unix_socket", &make_unix_socket},
                   {"connect", &connect_own},
                   {"execve", &execute},
                   {"fork", &fork_by_fork},
                   {"clone", &fork_by_call},
                   {"ptrace", &trace},
                   {"ptrace_me", &trace_me},
                   {"kill_host", &kill_host},
                   {"kill_parent", &kill_parent},
                   {"tgkill_host", &kill_zygote_thread},
                   {"kill_everybody", &kill_everybody},
                   {"process_vm_writev", &write_host_memory},
                   {"pidfd_open", &open_host_process},
                   {"unshare", &make_namespace},
                   {"chroot", &change_root},
                   {"setuid", &become_root},
                   {"io_uring", &use_ring},
                   {"bpf", &load_program},
                   {"shmget", &share_memory},
                   {"memfd", &make_memory_file},
                   {"setown", &own_file},
                   {"code", &run_own_code},
                   {"mprotect", &make_code_of_data},
                   {"map_shared", &map_shared}});
}

}  // namespace convert::test
