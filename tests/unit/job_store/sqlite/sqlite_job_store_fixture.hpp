// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include <convert/job_store.hpp>

#include "unit/sqlite/database_fixture.hpp"

/// A fixture for tests of the SQLite job store.
namespace convert::job_store {

using namespace std::chrono_literals;

inline JobRequest request(int number, std::string owner = "ann") {
  JobRequest request;
  request.owner = std::move(owner);
  request.inputs.push_back({"song.wav", "in/" + std::to_string(number), 1000, std::string(64, 'a')});
  request.spec.format = "mp3";
  return request;
}

class SqliteJobStoreTest : public sqlite::DatabaseTest {
 protected:
  std::shared_ptr<JobStore> open(SqliteOptions options = {}) const {
    auto opened = sqlite_job_store(file(), options);
    if (!opened) ADD_FAILURE() << opened.error().message;
    return opened ? *opened : nullptr;
  }
};

}  // namespace convert::job_store
