// SPDX-License-Identifier: MIT
#include "job_store/sqlite/job_schema.hpp"

#include <array>

namespace convert::job_store {
namespace {

constexpr int kApplicationId = 0x636A6F62;  // "cjob", stored in the file's header

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

/// For the search for reusable results: a bad file may have failed many times with the same fingerprint.
constexpr std::string_view kResultsIndex =
    "CREATE INDEX jobs_results ON jobs (fingerprint, id) WHERE fingerprint IS NOT NULL AND has_outputs = 1";

/// For an owner's usage without reading every list. Older builds ignore these columns: jobs that they insert
/// or complete count as 0 bytes. (TOTAL, unlike SUM, does not overflow. Damaged lists are ignored here.)
constexpr std::string_view kBytes = R"(
ALTER TABLE jobs ADD COLUMN input_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN output_bytes INTEGER NOT NULL DEFAULT 0;
UPDATE jobs SET
  input_bytes = (SELECT CAST(TOTAL(json_extract(value, '$.size')) AS INTEGER)
                 FROM json_each(CASE WHEN json_valid(inputs) THEN inputs END)),
  output_bytes = (SELECT CAST(TOTAL(json_extract(value, '$.size')) AS INTEGER)
                  FROM json_each(CASE WHEN json_valid(outputs) THEN outputs END));
)";

/// Which process does periodic work. Older builds do it in every process.
constexpr std::string_view kElections = R"(
CREATE TABLE elections (
  role TEXT PRIMARY KEY,
  host TEXT NOT NULL,
  until INTEGER NOT NULL
) WITHOUT ROWID;
)";

/// To change the tables, append a row. Never change an existing one.
constexpr std::array kMigrations = {sqlite::Migration{1, 1, kFirstTables},
                                    sqlite::Migration{2, 1, kResultsIndex}, sqlite::Migration{3, 1, kBytes},
                                    sqlite::Migration{4, 1, kElections}};

}  // namespace

const sqlite::Schema& job_schema() {
  static constexpr sqlite::Schema schema{kApplicationId, kMigrations};
  return schema;
}

}  // namespace convert::job_store
