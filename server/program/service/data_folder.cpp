// SPDX-License-Identifier: MIT
#include "service/data_folder.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <system_error>

namespace convertd {
namespace fs = std::filesystem;
namespace {

convert::Error no_folder(const fs::path& root, std::string_view what, int code) {
  return {convert::Errc::io,
          fmt::format("The data folder {} {}: {}. Use another --data folder, or give user {} write access.",
                      root.string(), what, std::generic_category().message(code), ::geteuid()),
          false};
}

convert::Result<void> make(const fs::path& root, const fs::path& folder) {
  if (::mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST) return {};
  return no_folder(root, "cannot be created", errno);
}

}  // namespace

convert::Result<DataFolder> open_data_folder(const fs::path& root) {
  std::error_code failure;
  const auto whole = fs::absolute(root, failure).lexically_normal();
  if (failure) return no_folder(root, "cannot be found", failure.value());
  DataFolder folder{whole.has_filename() ? whole : whole.parent_path()};
  fs::create_directories(folder.root.parent_path(), failure);
  if (failure) return no_folder(folder.root, "cannot be created", failure.value());
  if (auto made = make(folder.root, folder.root); !made) return made.error();
  if (!fs::is_directory(folder.root, failure)) return no_folder(folder.root, "is not a folder", ENOTDIR);
  if (::access(folder.root.c_str(), R_OK | W_OK | X_OK) != 0) {
    return no_folder(folder.root, "is not writable", errno);
  }
  if (auto made = make(folder.root, folder.scratch()); !made) return made.error();
  return folder;
}

}  // namespace convertd
