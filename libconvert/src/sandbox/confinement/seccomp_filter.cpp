// SPDX-License-Identifier: MIT
#include "sandbox/confinement/seccomp_filter.hpp"

#include <fmt/format.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <type_traits>

#include "base/file_descriptor.hpp"
#include "base/try.hpp"
#include "sandbox/confinement/system_call_lists.hpp"

namespace convert::sandbox {
namespace {

using Context = std::unique_ptr<std::remove_pointer_t<scmp_filter_ctx>, decltype(&::seccomp_release)>;

Error filter_error(int code, std::string_view what) {
  return Error{Errc::unsupported, fmt::format("The filter of system calls (seccomp) cannot be "
                                              "made: {}: {}.",
                                              what, std::generic_category().message(-code))};
}

scmp_arg_cmp to_libseccomp(const ArgumentCondition& argument) {
  return SCMP_CMP64(argument.index, SCMP_CMP_MASKED_EQ, argument.mask, argument.value);
}

Result<void> add(const Context& context, std::uint32_t action, int call,
                 const std::optional<ArgumentCondition>& first,
                 const std::optional<ArgumentCondition>& second) {
  std::array<scmp_arg_cmp, 2> arguments{};
  unsigned count = 0;
  if (first) arguments[count++] = to_libseccomp(*first);
  if (second) arguments[count++] = to_libseccomp(*second);
  const int code = ::seccomp_rule_add_array(context.get(), action, call, count, arguments.data());
  // A system call that this architecture does not have needs no rule.
  if (code == 0 || (code == -EDOM && call < 0)) return {};
  return filter_error(code, fmt::format("system call {}", call));
}

Result<void> add(const Context& context, std::span<const PermittedCall> calls) {
  for (const PermittedCall& one : calls) {
    CONVERT_TRY(add(context, SCMP_ACT_ALLOW, one.call, one.first, one.second));
  }
  return {};
}

Result<void> add(const Context& context, std::span<const RefusedCall> calls) {
  for (const RefusedCall& one : calls) {
    const auto action = SCMP_ACT_ERRNO(static_cast<std::uint16_t>(one.error));
    CONVERT_TRY(add(context, action, one.call, one.first, {}));
  }
  return {};
}

Result<Context> build(bool files) {
  Context context(::seccomp_init(SCMP_ACT_KILL_PROCESS), &::seccomp_release);
  if (!context) return filter_error(-EOPNOTSUPP, "this kernel or its configuration has no such filters");
  int code = ::seccomp_attr_set(context.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
  // A binary tree: the cost of a call does not grow with the lists.
  if (code == 0) code = ::seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
  if (code != 0) return filter_error(code, "settings");
  auto added = add(context, permitted_calls());
  if (added) added = add(context, refused_calls());
  if (added) added = files ? add(context, permitted_file_calls()) : add(context, refused_file_calls());
  if (!added) return added.error();
  return context;
}

/// libseccomp exports its program only to a descriptor.
Result<std::vector<sock_filter>> export_program(const Context& context) {
  const base::Descriptor memory(::memfd_create("filter", MFD_CLOEXEC));
  if (!memory) return filter_error(-errno, "memory");
  if (const int code = ::seccomp_export_bpf(context.get(), memory.get()); code != 0) {
    return filter_error(code, "export");
  }
  const off_t size = ::lseek(memory.get(), 0, SEEK_END);
  std::vector<sock_filter> program(static_cast<std::size_t>(size) / sizeof(sock_filter));
  CONVERT_TRY_ASSIGN(const auto count,
                     base::read_some_at(memory.get(), 0, std::as_writable_bytes(std::span(program))));
  if (count != program.size() * sizeof(sock_filter)) return filter_error(-EIO, "export");
  return program;
}

Result<void> install_filter(const std::vector<sock_filter>& program) {
  auto copy = program;  // the kernel's structure is not const
  const sock_fprog whole{static_cast<unsigned short>(copy.size()), copy.data()};
  if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0u, &whole) == 0) return {};
  return base::system_error(errno, "Cannot install the filter of system calls");
}

constexpr std::size_t kLowerHalf = std::endian::native == std::endian::big ? 4 : 0;

/// Permits tgkill for this process only. A separate filter, since the process id is not known before.
std::vector<sock_filter> own_signals_filter() {
  const auto load = [](std::size_t offset) {
    return sock_filter{BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<std::uint32_t>(offset)};
  };
  const auto equal = [](std::uint32_t value, std::uint8_t yes, std::uint8_t no) {
    return sock_filter{BPF_JMP | BPF_JEQ | BPF_K, yes, no, value};
  };
  const auto return_action = [](std::uint32_t action) { return sock_filter{BPF_RET | BPF_K, 0, 0, action}; };
  return {load(offsetof(seccomp_data, nr)),
          equal(SYS_tgkill, 0, 3),
          load(offsetof(seccomp_data, args) + kLowerHalf),  // a process id fits in the lower half
          equal(static_cast<std::uint32_t>(::getpid()), 1, 0),
          return_action(SECCOMP_RET_KILL_PROCESS),
          return_action(SECCOMP_RET_ALLOW)};
}

}  // namespace

Result<SystemCallFilter> SystemCallFilter::make(bool files) {
  CONVERT_TRY_ASSIGN(const auto context, build(files));
  CONVERT_TRY_ASSIGN(auto program, export_program(context));
  SystemCallFilter filter;
  filter.program_ = std::move(program);
  return filter;
}

Result<void> SystemCallFilter::enter() const {
  CONVERT_TRY(install_filter(own_signals_filter()));
  return install_filter(program_);
}

}  // namespace convert::sandbox
