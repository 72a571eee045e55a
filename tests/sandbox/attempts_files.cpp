// SPDX-License-Identifier: MIT
// Files that are not its own, by name and by number.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "sandbox/attempts.hpp"

namespace convert::test {
namespace {

Outcome read_named(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY);
  return file < 0 ? stopped_by_errno("open") : got_out();
}

Outcome read_target(const Attempt& attempt) { return read_named(attempt.target); }
Outcome read_target_upwards(const Attempt& attempt) {
  return read_named("../../../../../../../../../.." + attempt.target);
}
Outcome read_neighbours(const Attempt&) { return read_named("../"); }
Outcome read_passwords(const Attempt&) { return read_named("/etc/passwd"); }
Outcome read_host_memory(const Attempt& attempt) { return read_named("/proc/" + attempt.target + "/mem"); }
Outcome read_host_maps(const Attempt& attempt) { return read_named("/proc/" + attempt.target + "/maps"); }
Outcome read_own_memory(const Attempt&) { return read_named("/proc/self/mem"); }
Outcome write_target(const Attempt& attempt) {
  const int file = ::open(attempt.target.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  return file < 0 ? stopped_by_errno("open") : got_out();
}
/// What there is to see of a file without opening it.
Outcome look_at(const Attempt& attempt, int flags) {
  struct stat status {};
  const long seen = ::syscall(SYS_newfstatat, AT_FDCWD, attempt.target.c_str(), &status, flags);
  return seen != 0 ? stopped_by_errno("stat") : got_out();
}
Outcome look_at_target(const Attempt& attempt) { return look_at(attempt, 0); }
/// As one looks at a descriptor, with a name all the same.
Outcome look_cunningly(const Attempt& attempt) { return look_at(attempt, AT_EMPTY_PATH); }
Outcome link_target(const Attempt& attempt) {
  const int made = ::symlink(attempt.target.c_str(), "link");
  return made != 0 ? stopped_by_errno("symlink") : got_out();
}
Outcome make_unseen(const Attempt&) {
  const int file = ::open(".", O_TMPFILE | O_RDWR, 0600);
  return file < 0 ? stopped_by_errno("open") : got_out();
}
Outcome hide_scratch(const Attempt&) {
  const int file = ::open("scratch", O_WRONLY | O_CREAT, 0600);
  if (file < 0) return stopped_by_errno("open");
  return ::unlink("scratch") != 0 ? stopped_by_errno("unlink") : got_out();
}

/// Whatever it can write to, it does: another job's output must not be among that. Its own channel is not
/// a file, and `talk` has that.
Outcome write_every_number(const Attempt&) {
  constexpr std::string_view kText = "ESCAPED";
  int files = 0;
  for (int number = 0; number < 1024; ++number) {
    struct stat status {};
    if (::fstat(number, &status) != 0 || S_ISSOCK(status.st_mode)) continue;
    const bool written = ::pwrite(number, kText.data(), kText.size(), 0) >= 0;
    if (written && S_ISREG(status.st_mode)) ++files;
  }
  return files == 0 ? stopped("there is no file but its own") : got_out();
}

}  // namespace

void add_files(Attempts& attempts) {
  attempts.insert({{"read", &read_target},
                   {"read_upwards", &read_target_upwards},
                   {"read_neighbours", &read_neighbours},
                   {"read_passwords", &read_passwords},
                   {"read_host_memory", &read_host_memory},
                   {"read_host_maps", &read_host_maps},
                   {"read_own_memory", &read_own_memory},
                   {"write", &write_target},
                   {"symlink", &link_target},
                   {"unseen", &make_unseen},
                   {"unlink", &hide_scratch},
                   {"look", &look_at_target},
                   {"look_cunningly", &look_cunningly},
                   {"descriptors", &write_every_number}});
}

}  // namespace convert::test
