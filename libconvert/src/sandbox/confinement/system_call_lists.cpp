// SPDX-License-Identifier: MIT
#include "sandbox/confinement/system_call_lists.hpp"

#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include <cerrno>

#include "sandbox/confinement/resource_limits.hpp"

namespace convert::sandbox {
namespace {

constexpr ArgumentCondition equals(unsigned index, std::uint64_t value) { return {index, 0xffffffff, value}; }
constexpr ArgumentCondition has_bits(unsigned index, std::uint64_t bits) { return {index, bits, bits}; }
constexpr ArgumentCondition lacks_bits(unsigned index, std::uint64_t bits) { return {index, bits, 0}; }

/// The flags of pthread_create: a thread of this process in its namespaces.
constexpr std::uint64_t kThreadFlags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
constexpr std::uint64_t kNamespaceOrProcessFlags =
    CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |
    CLONE_NEWNET | CLONE_PTRACE | CLONE_VFORK | CLONE_PIDFD | CLONE_UNTRACED;
constexpr ArgumentCondition kCreatesThread{0, kThreadFlags | kNamespaceOrProcessFlags, kThreadFlags};

/// O_TMPFILE without O_DIRECTORY, which it includes. The host could not see and count such a file.
constexpr std::uint64_t kUnnamedFile = O_TMPFILE & ~O_DIRECTORY;
constexpr std::uint64_t kSetVmaName = 0x53564d41;  // PR_SET_VMA, of Linux 5.17

/// A private mapping that is not a stack: RLIMIT_DATA counts it.
constexpr ArgumentCondition kPrivateMapping{3, MAP_TYPE | MAP_GROWSDOWN, MAP_PRIVATE};
/// RLIMIT_DATA does not count memory that cannot be written any more, so that it must stay writable.
constexpr ArgumentCondition kAllowedProtection =
    kSanitized ? lacks_bits(2, PROT_EXEC) : equals(2, PROT_READ | PROT_WRITE);

constexpr PermittedCall kPermittedCalls[] = {
    // Its descriptors.
    {SCMP_SYS(read)},
    {SCMP_SYS(readv)},
    {SCMP_SYS(pread64)},
    {SCMP_SYS(preadv)},
    {SCMP_SYS(write)},
    {SCMP_SYS(writev)},
    {SCMP_SYS(pwrite64)},
    {SCMP_SYS(pwritev)},
    {SCMP_SYS(lseek)},
    {SCMP_SYS(_llseek)},
    {SCMP_SYS(ftruncate)},
    {SCMP_SYS(ftruncate64)},
    {SCMP_SYS(fadvise64)},
    {SCMP_SYS(fstat)},
    {SCMP_SYS(fstat64)},
    // fstat of glibc 2.33 to 2.38. A filter cannot check that the path is empty.
    {SCMP_SYS(newfstatat), has_bits(3, AT_EMPTY_PATH)},
    {SCMP_SYS(fstatat64), has_bits(3, AT_EMPTY_PATH)},
    {SCMP_SYS(close)},
    {SCMP_SYS(close_range)},
    {SCMP_SYS(dup)},
    {SCMP_SYS(fcntl), equals(1, F_GETFL)},
    {SCMP_SYS(fcntl), equals(1, F_GETFD)},
    {SCMP_SYS(fcntl), equals(1, F_SETFD)},
    {SCMP_SYS(fcntl), equals(1, F_DUPFD)},
    {SCMP_SYS(fcntl), equals(1, F_DUPFD_CLOEXEC)},
    // Its channel, a connected socket: no addresses.
    {SCMP_SYS(sendmsg)},
    {SCMP_SYS(recvmsg)},
    {SCMP_SYS(sendto), {ArgumentCondition{4, ~std::uint64_t{0}, 0}}},
    {SCMP_SYS(recvfrom)},
    {SCMP_SYS(shutdown)},
    {SCMP_SYS(poll)},
    {SCMP_SYS(ppoll)},
    {SCMP_SYS(ppoll_time64)},
    // Private memory without code. No limit would count shared memory.
    {SCMP_SYS(brk)},
    {SCMP_SYS(mmap), lacks_bits(2, PROT_EXEC), kPrivateMapping},
    {SCMP_SYS(mmap2), lacks_bits(2, PROT_EXEC), kPrivateMapping},
    {SCMP_SYS(mprotect), kAllowedProtection},
    {SCMP_SYS(munmap)},
    {SCMP_SYS(mremap)},
    {SCMP_SYS(madvise)},
    // Its threads.
    {SCMP_SYS(clone), kCreatesThread},
    {SCMP_SYS(prctl), equals(0, PR_SET_NAME)},
    {SCMP_SYS(prctl), equals(0, PR_GET_NAME)},
    {SCMP_SYS(set_robust_list)},
    {SCMP_SYS(get_robust_list)},
    {SCMP_SYS(rseq)},
    {SCMP_SYS(set_tid_address)},
    {SCMP_SYS(futex)},
    {SCMP_SYS(futex_time64)},
    {SCMP_SYS(sched_yield)},
    {SCMP_SYS(sched_getaffinity)},
    {SCMP_SYS(getcpu)},
    {SCMP_SYS(exit)},
    {SCMP_SYS(exit_group)},
    // Its signals. A second filter checks the process.
    {SCMP_SYS(tgkill)},
    {SCMP_SYS(rt_sigaction)},
    {SCMP_SYS(rt_sigprocmask)},
    {SCMP_SYS(rt_sigpending)},
    {SCMP_SYS(rt_sigtimedwait)},
    {SCMP_SYS(rt_sigtimedwait_time64)},
    {SCMP_SYS(rt_sigreturn)},
    {SCMP_SYS(sigreturn)},
    {SCMP_SYS(sigaltstack)},
    {SCMP_SYS(restart_syscall)},
    // Time, random numbers, ids.
    {SCMP_SYS(clock_gettime)},
    {SCMP_SYS(clock_gettime64)},
    {SCMP_SYS(clock_getres)},
    {SCMP_SYS(clock_getres_time64)},
    {SCMP_SYS(clock_nanosleep)},
    {SCMP_SYS(clock_nanosleep_time64)},
    {SCMP_SYS(nanosleep)},
    {SCMP_SYS(gettimeofday)},
    {SCMP_SYS(time)},
    {SCMP_SYS(times)},
    {SCMP_SYS(getrandom)},
    {SCMP_SYS(getpid)},
    {SCMP_SYS(gettid)},
    {SCMP_SYS(getuid)},
    {SCMP_SYS(geteuid)},
    {SCMP_SYS(getgid)},
    {SCMP_SYS(getegid)},
    {SCMP_SYS(getrusage)},
    {SCMP_SYS(getrlimit)},
    {SCMP_SYS(ugetrlimit)},
    {SCMP_SYS(prlimit64), equals(0, 0)},  // of this process: limits can only be lowered
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    // Sanitizers test with them whether memory can be read.
    {SCMP_SYS(pipe)},
    {SCMP_SYS(pipe2)},
#endif
};

constexpr PermittedCall kPermittedFileCalls[] = {
    {SCMP_SYS(openat), lacks_bits(2, kUnnamedFile)},
    {SCMP_SYS(open), lacks_bits(1, kUnnamedFile)},
    {SCMP_SYS(newfstatat)},
    {SCMP_SYS(fstatat64)},
};

constexpr RefusedCall kRefusedCalls[] = {
    // Newer calls with an older fallback.
    {SCMP_SYS(clone3), ENOSYS},
    {SCMP_SYS(openat2), ENOSYS},
    {SCMP_SYS(statx), ENOSYS},
    {SCMP_SYS(faccessat2), ENOSYS},
    {SCMP_SYS(copy_file_range), ENOSYS},
    {SCMP_SYS(membarrier), ENOSYS},
    {SCMP_SYS(prctl), EINVAL, equals(0, kSetVmaName)},
    // Files that the host could not count or find.
    {SCMP_SYS(openat), EOPNOTSUPP, has_bits(2, kUnnamedFile)},
    {SCMP_SYS(open), EOPNOTSUPP, has_bits(1, kUnnamedFile)},
    {SCMP_SYS(creat), EACCES},
    {SCMP_SYS(fallocate), EOPNOTSUPP},
    {SCMP_SYS(unlink), EPERM},
    {SCMP_SYS(unlinkat), EPERM},
    {SCMP_SYS(rename), EPERM},
    {SCMP_SYS(renameat), EPERM},
    {SCMP_SYS(renameat2), EPERM},
    {SCMP_SYS(link), EPERM},
    {SCMP_SYS(linkat), EPERM},
    {SCMP_SYS(symlink), EPERM},
    {SCMP_SYS(symlinkat), EPERM},
    {SCMP_SYS(mkdir), EPERM},
    {SCMP_SYS(mkdirat), EPERM},
    {SCMP_SYS(rmdir), EPERM},
    {SCMP_SYS(chmod), EPERM},
    {SCMP_SYS(fchmod), EPERM},
    {SCMP_SYS(fchmodat), EPERM},
    {SCMP_SYS(utimensat), EPERM},
    {SCMP_SYS(fsync), EINVAL},
    {SCMP_SYS(fdatasync), EINVAL},
    // The file system and the machine.
    {SCMP_SYS(access), ENOENT},
    {SCMP_SYS(faccessat), ENOENT},
    {SCMP_SYS(readlink), ENOENT},
    {SCMP_SYS(readlinkat), ENOENT},
    {SCMP_SYS(getcwd), ENOENT},
    {SCMP_SYS(stat), ENOENT},
    {SCMP_SYS(lstat), ENOENT},
    {SCMP_SYS(statfs), ENOSYS},
    {SCMP_SYS(fstatfs), ENOSYS},
    {SCMP_SYS(getdents64), EACCES},
    {SCMP_SYS(uname), EPERM},
    {SCMP_SYS(sysinfo), EPERM},
    {SCMP_SYS(ioctl), ENOTTY},
    {SCMP_SYS(wait4), ECHILD},
    // Code that is loaded late; shared memory.
    {SCMP_SYS(mmap), EACCES, has_bits(2, PROT_EXEC)},
    {SCMP_SYS(mmap), EACCES, ArgumentCondition{3, MAP_TYPE, MAP_SHARED}},
    {SCMP_SYS(mprotect), EACCES, has_bits(2, PROT_EXEC)},
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    {SCMP_SYS(mprotect), EACCES, lacks_bits(2, PROT_WRITE)},
#endif
    {SCMP_SYS(mlock), EPERM},
    {SCMP_SYS(mlock2), EPERM},
    {SCMP_SYS(mlockall), EPERM},
    {SCMP_SYS(munlock), EPERM},
    {SCMP_SYS(mincore), ENOSYS},
    // Scheduling and NUMA.
    {SCMP_SYS(sched_setaffinity), EPERM},
    {SCMP_SYS(sched_setscheduler), EPERM},
    {SCMP_SYS(sched_getscheduler), EPERM},
    {SCMP_SYS(sched_setparam), EPERM},
    {SCMP_SYS(sched_getparam), EPERM},
    {SCMP_SYS(sched_setattr), EPERM},
    {SCMP_SYS(sched_getattr), EPERM},
    {SCMP_SYS(sched_get_priority_max), EPERM},
    {SCMP_SYS(sched_get_priority_min), EPERM},
    {SCMP_SYS(getpriority), EPERM},
    {SCMP_SYS(setpriority), EPERM},
    {SCMP_SYS(mbind), ENOSYS},
    {SCMP_SYS(get_mempolicy), ENOSYS},
    {SCMP_SYS(set_mempolicy), ENOSYS},
    {SCMP_SYS(migrate_pages), ENOSYS},
    {SCMP_SYS(move_pages), ENOSYS},
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    // Reports of sanitizers.
    {SCMP_SYS(personality), EPERM},
    {SCMP_SYS(prctl), EINVAL, equals(0, PR_GET_DUMPABLE)},
    {SCMP_SYS(prctl), EINVAL, equals(0, PR_SET_DUMPABLE)},
    {SCMP_SYS(prctl), EINVAL, equals(0, PR_SET_PTRACER)},
#else
    {SCMP_SYS(pipe2), EMFILE},
#endif
};

constexpr RefusedCall kRefusedFileCalls[] = {
    {SCMP_SYS(openat), EACCES, lacks_bits(2, kUnnamedFile)},
    {SCMP_SYS(open), EACCES, lacks_bits(1, kUnnamedFile)},
    {SCMP_SYS(newfstatat), ENOENT, lacks_bits(3, AT_EMPTY_PATH)},
    {SCMP_SYS(fstatat64), ENOENT, lacks_bits(3, AT_EMPTY_PATH)},
};

}  // namespace

std::span<const PermittedCall> permitted_calls() { return kPermittedCalls; }
std::span<const PermittedCall> permitted_file_calls() { return kPermittedFileCalls; }
std::span<const RefusedCall> refused_calls() { return kRefusedCalls; }
std::span<const RefusedCall> refused_file_calls() { return kRefusedFileCalls; }

}  // namespace convert::sandbox
