// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/support/api_client.hpp"
#include "http/support/live_server.hpp"
#include "support/test_files.hpp"

namespace convert::test {

/// An account of a server, with local files and tasks on the server.
class TaskClient {
 public:
  /// Signs up with that name and logs in.
  TaskClient(const std::string& base, const std::string& name) : api_(sign_up_and_log_in(base, name)) {}

  const ApiClient& api() const { return api_; }

  /// Creates a file with that content and returns its path, which ends with `name`.
  std::string file(const std::string& name, std::string_view content) const;

  /// POST /api/tasks with a file, more parts (as for curl -F) and more arguments for curl.
  CurlResponse create(const std::string& path, const std::vector<std::string>& parts,
                      std::vector<std::string> extra_arguments = {}) const;
  /// As `create`; returns the id of the task. Fails the test if there is none.
  std::string task(const std::string& path, const std::string& format) const;

  std::string state(const std::string& id) const;
  /// Waits until the task has ended. Returns its final state.
  std::string ended(const std::string& id) const;

 private:
  ApiClient api_;
  TemporaryFolder folder_;
};

/// The task id in a response.
std::string task_id(const CurlResponse& response);

/// A fifth of a second, as a WAV file.
const std::string& wav_clip();

/// Number of blobs in the storage of a server.
std::size_t blobs(const LiveServer& server);
/// Waits until there are no blobs and no unnamed files; false on timeout.
bool wait_until_empty(const LiveServer& server);

}  // namespace convert::test
