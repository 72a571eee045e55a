// SPDX-License-Identifier: MIT
#include "http/support/task_client.hpp"

#include <chrono>
#include <filesystem>
#include <system_error>

#include "support/audio_samples.hpp"
#include "support/test_files.hpp"
#include "support/test_helpers.hpp"

namespace convert::test {

std::string TaskClient::file(const std::string& name, std::string_view content) const {
  const auto path = folder_ / name;
  write_file(path, content);
  return path.string();
}

CurlResponse TaskClient::create(const std::string& path, const std::vector<std::string>& parts,
                                std::vector<std::string> extra_arguments) const {
  extra_arguments.insert(extra_arguments.end(), {"-F", "file=@" + path});
  for (const std::string& part : parts) extra_arguments.insert(extra_arguments.end(), {"-F", part});
  return api_.request("POST", "/api/tasks", std::move(extra_arguments));
}

std::string TaskClient::task(const std::string& path, const std::string& format) const {
  const auto made = create(path, {"newFormat=" + format});
  EXPECT_EQ(made.status, 200) << made;
  return task_id(made);
}

std::string TaskClient::state(const std::string& id) const {
  return member(api_.get("/api/tasks/" + id).body, "state");
}

std::string TaskClient::ended(const std::string& id) const {
  std::string now;
  eventually(std::chrono::seconds(60), [&] {
    now = state(id);
    return now != "UPLOADED" && now != "PROCESSING";
  });
  return now;
}

std::string task_id(const CurlResponse& response) { return member(response.body, "id"); }

const std::string& wav_clip() {
  static const std::string content = wav(0.2, 1);
  return content;
}

std::size_t blobs(const LiveServer& server) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(server.folder() / "blobs")) {
    if (entry.is_regular_file()) ++count;
  }
  return count;
}

namespace {

/// Files in that folder that this process holds open.
std::size_t open_files(const std::filesystem::path& folder) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code code;
    const auto target = std::filesystem::read_symlink(entry.path(), code);
    if (!code && target.string().starts_with(folder.string()) && entry.is_regular_file(code)) ++count;
  }
  return count;
}

}  // namespace

bool wait_until_empty(const LiveServer& server) {
  return eventually(std::chrono::seconds(30),
                    [&] { return blobs(server) == 0 && open_files(server.folder() / "blobs") == 0; });
}

}  // namespace convert::test
