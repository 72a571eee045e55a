// SPDX-License-Identifier: MIT
// Attempts to reach other files, by path and by descriptor.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "sandbox/escape_attempts.hpp"

namespace convert::test {
namespace {

Outcome read_named(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY);
  return file < 0 ? blocked_by_errno("open") : escaped();
}

Outcome read_target(const Attempt& attempt) { return read_named(attempt.target); }
Outcome read_target_upwards(const Attempt& attempt) {
  return read_named("../../../../../../../../../.." + attempt.target);
}
Outcome read_other_scratch_folders(const Attempt&) { return read_named("../"); }
Outcome read_passwords(const Attempt&) { return read_named("/etc/passwd"); }
Outcome read_host_memory(const Attempt& attempt) { return read_named("/proc/" + attempt.target + "/mem"); }
Outcome read_host_maps(const Attempt& attempt) { return read_named("/proc/" + attempt.target + "/maps"); }
Outcome read_own_memory(const Attempt&) { return read_named("/proc/self/mem"); }
Outcome write_target(const Attempt& attempt) {
  const int file = ::open(attempt.target.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  return file < 0 ? blocked_by_errno("open") : escaped();
}
/// Reads the status of a file without opening it.
Outcome stat_with_flags(const Attempt& attempt, int flags) {
  struct stat status {};
  const long seen = ::syscall(SYS_newfstatat, AT_FDCWD, attempt.target.c_str(), &status, flags);
  return seen != 0 ? blocked_by_errno("stat") : escaped();
}
Outcome stat_target(const Attempt& attempt) { return stat_with_flags(attempt, 0); }
/// Passes the flag for a descriptor together with a path.
Outcome stat_by_empty_path(const Attempt& attempt) { return stat_with_flags(attempt, AT_EMPTY_PATH); }
Outcome link_target(const Attempt& attempt) {
  const int made = ::symlink(attempt.target.c_str(), "link");
  return made != 0 ? blocked_by_errno("symlink") : escaped();
}
Outcome make_unseen(const Attempt&) {
  const int file = ::open(".", O_TMPFILE | O_RDWR, 0600);
  return file < 0 ? blocked_by_errno("open") : escaped();
}
Outcome hide_scratch(const Attempt&) {
  const int file = ::open("scratch", O_WRONLY | O_CREAT, 0600);
  if (file < 0) return blocked_by_errno("open");
  return ::unlink("scratch") != 0 ? blocked_by_errno("unlink") : escaped();
}

/// Writes to every descriptor: none may be the output of another job. The channel is tested by
/// escape_attempts_protocol.cpp.
Outcome write_every_number(const Attempt&) {
  constexpr std::string_view kText = "ESCAPED";
  int files = 0;
  for (int number = 0; number < 1024; ++number) {
    struct stat status {};
    if (::fstat(number, &status) != 0 || S_ISSOCK(status.st_mode)) continue;
    const bool written = ::pwrite(number, kText.data(), kText.size(), 0) >= 0;
    if (written && S_ISREG(status.st_mode)) ++files;
  }
  return files == 0 ? blocked("there is no other file") : escaped();
}

}  // namespace

void add_file_attempts(Attempts& attempts) {
  attempts.insert({{"read", &read_target},
                   {"read_upwards", &read_target_upwards},
                   {"read_neighbours", &read_other_scratch_folders},
                   {"read_passwords", &read_passwords},
                   {"read_host_memory", &read_host_memory},
                   {"read_host_maps", &read_host_maps},
                   {"read_own_memory", &read_own_memory},
                   {"write", &write_target},
                   {"symlink", &link_target},
                   {"unseen", &make_unseen},
                   {"unlink", &hide_scratch},
                   {"look", &stat_target},
                   {"look_cunningly", &stat_by_empty_path},
                   {"descriptors", &write_every_number}});
}

}  // namespace convert::test
