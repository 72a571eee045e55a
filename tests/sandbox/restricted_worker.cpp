// SPDX-License-Identifier: MIT
// Starts the program WORKER with a filter that refuses the system calls REFUSED, as a kernel or a container's
// profile may do.
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <vector>

namespace {

constexpr long kLandlock = 444;  // landlock_create_ruleset
constexpr long kFileGuards[] = {kLandlock, SYS_unshare, SYS_chroot, SYS_mount, SYS_pivot_root, SYS_mknodat};
constexpr long kFilters[] = {SYS_seccomp};
constexpr long kRights[] = {SYS_capset};

template <std::size_t Size>
bool refuse(const long (&calls)[Size]) {
  std::vector<sock_filter> program{{BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)}};
  for (const long call : calls) {
    program.push_back({BPF_JMP | BPF_JEQ | BPF_K, 0, 1, static_cast<unsigned>(call)});
    program.push_back({BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | EPERM});
  }
  program.push_back({BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW});
  const sock_fprog whole{static_cast<unsigned short>(program.size()), program.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0u, &whole) == 0;
}

}  // namespace

int main(int, char** arguments) {
  if (refuse(REFUSED)) ::execv(WORKER, arguments);
  std::perror("restricted_worker");
  return 1;
}
