// SPDX-License-Identifier: MIT
#include "sandbox/host/worker_program.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <string>
#include <system_error>
#include <vector>

namespace convert::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr const char* kWorkerProgramName = "convert-worker";

bool is_program(const fs::path& path) {
  std::error_code failure;
  return fs::is_regular_file(path, failure) && ::access(path.c_str(), X_OK) == 0;
}

std::vector<fs::path> default_places() {
  std::vector<fs::path> places;
  std::error_code failure;
  const fs::path self = fs::read_symlink("/proc/self/exe", failure);
  if (!failure) {
    const fs::path folder = self.parent_path();
    places.push_back(folder / kWorkerProgramName);
    places.push_back(folder.parent_path() / "libexec" / "convert" / kWorkerProgramName);
  }
  places.push_back(fs::path(CONVERT_LIBEXEC_FOLDER) / kWorkerProgramName);
  return places;
}

}  // namespace

Result<fs::path> find_worker_program(const fs::path& configured) {
  const auto places = configured.empty() ? default_places() : std::vector{configured};
  std::string places_tried;
  for (const fs::path& place : places) {
    if (is_program(place)) return place;
    places_tried += fmt::format("{}\"{}\"", places_tried.empty() ? "" : ", ", place.string());
  }
  return Error{Errc::not_found,
               fmt::format("There is no worker program for the sandbox: looked for {}. Install it, or say "
                           "where it is (SandboxOptions::worker; convertd --worker).",
                           places_tried)};
}

}  // namespace convert::sandbox
