// SPDX-License-Identifier: MIT
#include "job_store/schema.hpp"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

#include <convert/version.hpp>

#include "io/fault_point.hpp"

namespace convert::job_store {
namespace {

constexpr int kApplicationId = 0x636A6F62;  // "cjob": stands in the file's header

constexpr std::string_view kFirstTables = R"(
CREATE TABLE jobs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  state INTEGER NOT NULL,
  owner TEXT NOT NULL,
  priority INTEGER NOT NULL,
  urgency INTEGER NOT NULL,
  request_not_before INTEGER NOT NULL,
  max_attempts INTEGER NOT NULL,
  max_interruptions INTEGER NOT NULL,
  unique_key TEXT,
  fingerprint TEXT,
  inputs TEXT NOT NULL,
  spec TEXT NOT NULL,
  labels TEXT NOT NULL,
  outputs TEXT NOT NULL,
  has_outputs INTEGER NOT NULL,
  warnings TEXT NOT NULL,
  error_code INTEGER,
  error_message TEXT,
  error_retryable INTEGER,
  attempt INTEGER NOT NULL,
  interruptions INTEGER NOT NULL,
  token INTEGER NOT NULL,
  worker TEXT NOT NULL,
  progress REAL NOT NULL,
  revision INTEGER NOT NULL,
  created INTEGER NOT NULL,
  not_before INTEGER NOT NULL,
  started INTEGER,
  finished INTEGER,
  inputs_expired INTEGER NOT NULL,
  outputs_expired INTEGER NOT NULL,
  place INTEGER NOT NULL,
  due INTEGER NOT NULL
);
CREATE INDEX jobs_owner ON jobs (owner, id);
CREATE INDEX jobs_state ON jobs (state, id);
CREATE UNIQUE INDEX jobs_unique_key ON jobs (owner, unique_key) WHERE unique_key IS NOT NULL;
CREATE INDEX jobs_fingerprint ON jobs (fingerprint, id) WHERE fingerprint IS NOT NULL;
CREATE INDEX jobs_ready ON jobs (owner, urgency, priority DESC, id) WHERE place = 1;
CREATE INDEX jobs_due ON jobs (place, due) WHERE place > 0;
CREATE INDEX jobs_waiting ON jobs (fingerprint, owner, urgency DESC, priority DESC, id) WHERE place = 3;
CREATE INDEX jobs_inputs ON jobs (inputs_expired, finished) WHERE finished IS NOT NULL AND inputs_expired = 0;
CREATE INDEX jobs_outputs ON jobs (has_outputs, finished) WHERE finished IS NOT NULL AND has_outputs = 1;
CREATE INDEX jobs_finished ON jobs (finished) WHERE finished IS NOT NULL;

CREATE TABLE turns (
  owner TEXT NOT NULL,
  urgency INTEGER NOT NULL,
  queued INTEGER NOT NULL,
  ready INTEGER NOT NULL,
  running INTEGER NOT NULL,
  served INTEGER NOT NULL,
  PRIMARY KEY (owner, urgency)
) WITHOUT ROWID;
CREATE INDEX turns_next ON turns (urgency DESC, running, served, owner) WHERE ready > 0;

CREATE TABLE leases (
  job INTEGER PRIMARY KEY,
  token INTEGER NOT NULL,
  fingerprint TEXT,
  leased_at INTEGER NOT NULL,
  lease INTEGER NOT NULL,
  progress REAL NOT NULL
);
CREATE INDEX leases_fingerprint ON leases (fingerprint) WHERE fingerprint IS NOT NULL;

CREATE TABLE blobs (
  key TEXT PRIMARY KEY,
  job INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE changes (
  revision INTEGER PRIMARY KEY,
  job INTEGER NOT NULL,
  owner TEXT NOT NULL,
  kind INTEGER NOT NULL,
  state INTEGER NOT NULL,
  at INTEGER NOT NULL
);
)";

/// For whoever looks for equal work that can be reused: a bad file may have been tried any number of times.
constexpr std::string_view kResultsIndex =
    "CREATE INDEX jobs_results ON jobs (fingerprint, id) WHERE fingerprint IS NOT NULL AND has_outputs = 1";

/// A change of the tables is a row at the end; what stands here is never changed.
constexpr std::array kMigrations = {Migration{1, 1, kFirstTables}, Migration{2, 1, kResultsIndex}};

constexpr std::string_view kMakeVersion =
    "CREATE TABLE IF NOT EXISTS schema_version (only INTEGER PRIMARY KEY CHECK (only = 1), "
    "version INTEGER NOT NULL, oldest INTEGER NOT NULL)";
constexpr std::string_view kSetVersion =
    "INSERT INTO schema_version (only, version, oldest) VALUES (1, $1, $2) "
    "ON CONFLICT (only) DO UPDATE SET version = excluded.version, oldest = excluded.oldest";

struct Version {
  int version = 0;  // 0: an empty file
  int oldest = 0;
};

std::int64_t number_of(Session& session, std::string_view sql) {
  auto rows = session.query(sql);
  return rows.next() ? rows.integer(0) : 0;
}

Result<Version> version_of(Session& session) {
  // In this order, since another process may make the tables, and say whose they are, at any moment.
  const auto tables = number_of(session, "SELECT COUNT(*) FROM sqlite_master");
  const auto application = number_of(session, "PRAGMA application_id");
  if (auto failure = session.take_failure()) return *failure;
  if (application != kApplicationId && (application != 0 || tables != 0)) {
    return Error{Errc::internal,
                 fmt::format("{} is a database, but of another program: name another file for the jobs.",
                             session.file())};
  }
  if (tables == 0) return Version{};
  Version version;
  if (auto rows = session.query("SELECT version, oldest FROM schema_version"); rows.next()) {
    version = {static_cast<int>(rows.integer(0)), static_cast<int>(rows.integer(1))};
  }
  if (auto failure = session.take_failure()) return *failure;
  return version;
}

Error too_new(const Session& session, const Version& file, int ours) {
  return {Errc::unsupported,
          fmt::format("The database of jobs {} has schema {}, which needs a build of libconvert that knows "
                      "schema {} or later; this one ({}) knows up to {}. Update it, or name another file.",
                      session.file(), file.version, file.oldest, version(), ours)};
}

/// The first step that the file lacks; null: none.
Result<const Migration*> missing_step(Session& session, std::span<const Migration> steps) {
  const auto file = version_of(session);
  if (!file) return file.error();
  const int ours = steps.back().version;
  if (file->oldest > ours) return too_new(session, *file, ours);
  const auto* step = std::find_if(&steps.front(), &steps.back() + 1,
                                  [&](const auto& s) { return s.version > file->version; });
  return step == &steps.back() + 1 ? nullptr : step;
}

Result<void> take(Session& session, const Migration& step) {
  if (const auto done = session.script(std::string(step.statements)); !done) return done;
  CONVERT_FAULT_POINT("job_store.migrate");
  session.execute(kMakeVersion);
  session.execute(kSetVersion, step.version, step.oldest);
  if (auto failure = session.take_failure()) return *failure;
  return session.script(fmt::format("PRAGMA application_id = {}", kApplicationId));
}

/// One step, so that a long way is many short transactions. Whether there was one to take.
Result<bool> take_one_step(Session& session, std::span<const Migration> steps) {
  if (const auto begun = session.script("BEGIN IMMEDIATE"); !begun) return begun.error();
  // Looked up again: another process may have taken it meanwhile.
  const auto step = missing_step(session, steps);
  auto taken = step && *step ? take(session, **step) : Result<void>{};
  if (step && taken) taken = session.script("COMMIT");
  // The failure that led here is the one to tell; SQLite may have rolled back by itself.
  session.roll_back();
  if (!step) return step.error();
  if (!taken) return taken.error();
  return *step != nullptr;
}

}  // namespace

std::span<const Migration> migrations() { return kMigrations; }

Result<void> migrate(Session& session, std::span<const Migration> steps) {
  for (;;) {
    // Without the lock, since mostly there is nothing to do and others are writing.
    const auto step = missing_step(session, steps);
    if (!step) return step.error();
    if (!*step) return {};
    if (const auto taken = take_one_step(session, steps); !taken) return taken.error();
  }
}

}  // namespace convert::job_store
