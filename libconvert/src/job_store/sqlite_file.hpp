// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>

#include <convert/result.hpp>

#include "job_store/sqlite.hpp"

namespace convert::job_store {

/// The connection that writes: the file in WAL mode, with this build's schema. Errors: as sqlite_job_store.
Result<std::unique_ptr<Session>> open_job_file(const std::filesystem::path& file,
                                               std::chrono::milliseconds busy_timeout);

}  // namespace convert::job_store
