// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/support/api_client.hpp"
#include "http/support/live_server.hpp"
#include "support/test_files.hpp"

namespace convert::test {

/// A member of a server, with files of his own on disk and tasks on the server.
class TaskClient {
 public:
  /// Signs up by that name.
  TaskClient(const std::string& base, const std::string& name) : api_(sign_up_and_log_in(base, name)) {}

  const ApiClient& api() const { return api_; }

  /// The path of a file with that content; its name is the last part.
  std::string file(const std::string& name, std::string_view content) const;

  /// POST /api/tasks with a file, further parts as curl's -F takes them, and further arguments of curl's.
  CurlResponse create(const std::string& path, const std::vector<std::string>& parts,
                      std::vector<std::string> extra_arguments = {}) const;
  /// As `create`, and the id of the task that it makes; fails the test if it makes none.
  std::string task(const std::string& path, const std::string& format) const;

  std::string state(const std::string& id) const;
  /// Waits until the task has ended; the state in which it did.
  std::string ended(const std::string& id) const;

 private:
  ApiClient api_;
  TemporaryFolder folder_;
};

/// The id in the answer of a call that gives a task.
std::string task_id(const CurlResponse& answer);

/// A fifth of a second, as a WAV file.
const std::string& sound();

/// How many blobs a server has stored.
std::size_t blobs(const LiveServer& server);
/// Waits until there are none, and no file without a name either; false: they stay.
bool wait_until_empty(const LiveServer& server);

}  // namespace convert::test
