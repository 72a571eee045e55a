// SPDX-License-Identifier: MIT
#include "net/support/small_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <span>

#include "base/file_descriptor.hpp"
#include "base/text.hpp"
#include "base/try.hpp"

namespace convert::net {

Result<std::optional<std::string>> read_small_file(const std::filesystem::path& path) {
  constexpr std::size_t kMaxSize = std::size_t{1} << 20;
  const base::Descriptor file = base::open_path(path, O_RDONLY);
  if (!file) {
    if (errno == ENOENT || errno == ENOTDIR) return std::optional<std::string>();
    auto error = base::system_error(errno, fmt::format("Cannot read {}", base::in_quotes(path.string())));
    if (!error.retryable) error.code = Errc::invalid_argument;
    return error;
  }
  std::string text;
  for (;;) {
    const std::size_t size = text.size();
    if (size > kMaxSize) {
      return Error{Errc::invalid_argument,
                   fmt::format("The file {} is larger than 1 MiB.", base::in_quotes(path.string()))};
    }
    text.resize(size + 16384);
    CONVERT_TRY_ASSIGN(const std::size_t count,
                       base::read_some(file.get(), std::as_writable_bytes(std::span(text).subspan(size))));
    text.resize(size + count);
    if (count == 0) return std::optional(std::move(text));
  }
}

}  // namespace convert::net
