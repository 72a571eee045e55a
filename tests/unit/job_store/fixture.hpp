// SPDX-License-Identifier: MIT
#pragma once

#include <sqlite3.h>

#include <filesystem>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include <convert/job_store.hpp>

#include "job_store/sqlite.hpp"
#include "support/temporary_folder.hpp"

/// What the tests of the SQLite store have in common.
namespace convert::job_store {

using namespace std::chrono_literals;

inline JobRequest request(int number, std::string owner = "ann") {
  JobRequest request;
  request.owner = std::move(owner);
  request.inputs.push_back({"song.wav", "in/" + std::to_string(number), 1000, std::string(64, 'a')});
  request.spec.format = "mp3";
  return request;
}

class SqliteTest : public testing::Test {
 protected:
  std::filesystem::path file() const { return folder_ / "jobs.db"; }

  std::shared_ptr<JobStore> open(SqliteOptions options = {}) const {
    auto opened = sqlite_job_store(file(), options);
    if (!opened) ADD_FAILURE() << opened.error().message;
    return opened ? *opened : nullptr;
  }

  /// A connection past the store, as another program has it.
  std::unique_ptr<Session> connect(std::chrono::milliseconds busy_timeout = 10s) const {
    auto opened = Session::open(file(), Session::Access::write, busy_timeout);
    if (!opened) ADD_FAILURE() << opened.error().message;
    return opened ? std::move(*opened) : nullptr;
  }
  /// Runs a text of statements past the store.
  void tamper(const std::string& sql) const {
    const auto done = connect()->script(sql);
    ASSERT_TRUE(done) << done.error().message;
  }
  /// What one statement says first.
  std::string ask(const std::string& sql) const {
    const auto session = connect();
    auto rows = session->query(sql);
    return rows.next() ? rows.text(0) : "nothing";
  }

  test::TemporaryFolder folder_;
};

}  // namespace convert::job_store
