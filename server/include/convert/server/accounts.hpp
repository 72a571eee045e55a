// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <convert/result.hpp>
#include <convert/server/policy.hpp>
#include <convert/storage.hpp>

namespace convert::server {

/// Limits of one account. nullopt: the server's default. 0: unlimited.
struct Quota {
  std::optional<std::uint64_t> storage_bytes{};  ///< inputs and outputs
  std::optional<std::uint64_t> file_bytes{};     ///< one upload
  std::optional<std::uint32_t> tasks_per_day{};  ///< UTC days
  std::optional<std::uint32_t> active_tasks{};   ///< unfinished tasks and uploads in progress
};
/// A user account.
struct Account {
  std::string id;        ///< assigned by the store: 16 characters a-z2-7, never reused
  std::string name;      ///< unique (case-insensitive); 1 to 64 characters, no "@", no control characters
  std::string email;     ///< unique, lower case
  std::string password;  ///< hash in text form; never shown
  std::string language{};
  bool admin = false, disabled = false, email_notifications = false, email_confirmed = false;
  bool being_deleted = false;  ///< login is disabled while its jobs are removed
  std::uint32_t epoch = 0;     ///< incremented to revoke all tokens
  Quota quota{};
  Time created{};
};
/// Changes of an account. Members without a value stay as they are.
struct AccountChange {
  std::optional<std::string> email{}, password{}, language{};
  std::optional<bool> admin{}, disabled{}, email_notifications{}, email_confirmed{}, being_deleted{};
  std::optional<Quota> quota{};
  bool revoke_tokens = false;  ///< increments epoch in the same transaction
};
/// An API key, of which only the hash is stored.
struct ApiKey {
  std::string id, account, name, hash;
  Time created{};
  std::optional<Time> last_used{};
};
/// Quota that an upload reserves before its body is read. The reservation counts until it is settled or
/// released, or until its lease expires.
struct QuotaRequest {
  std::string account;                           ///< may be unknown to the store, if the host authenticates
  std::uint64_t bytes = 0;                       ///< capped at 2^50
  std::uint32_t tasks = 1;                       ///< counts as active tasks and for the day
  std::optional<std::uint32_t> tasks_per_day{};  ///< nullopt or 0: unlimited
};
/// A reservation, and the totals of its account.
struct Reservation {
  std::string id;
  std::uint64_t total_bytes = 0;  ///< of all active reservations of the account, including this one
  std::uint32_t total_tasks = 0;
  std::uint32_t tasks_today = 0;
};
/// State of a request with an Idempotency-Key.
struct IdempotencyRecord {
  /// acquired: the caller runs the request. running: another caller does. done: `answer` is the result.
  enum class State : std::uint8_t { acquired, running, done } state = State::acquired;
  std::string unique_key;  ///< for JobRequest::unique_key; changes when the key expires
  unsigned status = 0;
  std::string answer;  ///< stored response, if `done`
};
/// A request with an Idempotency-Key.
struct IdempotentRequestName {
  std::string account, key;
};
/// Messages of the error `conflict` of AccountStore::create and change. Callers compare them.
inline constexpr std::string_view kNameTaken = "This name is in use: choose another one.";
inline constexpr std::string_view kEmailTaken = "This e-mail address is in use: log in, or give another one.";

/// Stores accounts, API keys, quota reservations, idempotency records and counted events. Thread-safe; calls
/// may block. Several processes may share a store, and many hosts if the backend is a server. Each call is
/// atomic. It is durable when it returns, except `reserve`, `grow`, `renew`, `settle`, `release`, `sweep`,
/// `touch_key`, `renew_requests`, `count_event` and `uncount_event`: these survive a process crash, but not
/// necessarily a power failure. Times are given by the caller and follow the store's clock (`now`), so that
/// hosts agree on them; Account::created is set by the store. Every call may fail with `unavailable`
/// (retryable), `io` or `internal`.
///
/// The store does not validate names, addresses, passwords and quotas. That is the caller's task. All texts
/// are UTF-8 without NUL: calls that would store another one fail with `invalid_argument`, and searches for
/// one find nothing.
class AccountStore {
 public:
  virtual ~AccountStore() = default;

  // Accounts. `create` and `change` fail with `conflict` and the message kNameTaken or kEmailTaken.

  /// Returns the account as stored: new id, epoch 0, creation time, e-mail address in lower case.
  virtual Result<Account> create(const Account& account) = 0;
  virtual Result<Account> find(std::string_view id) = 0;  ///< not_found
  /// Finds by e-mail address if the text contains "@", else by name; case-insensitive. not_found
  virtual Result<Account> find_login(std::string_view name_or_email) = 0;
  /// At most `max` accounts with an id greater than `after`, ordered by id.
  virtual Result<std::vector<Account>> list(std::string_view after, std::size_t max) = 0;
  virtual Result<Account> change(std::string_view id,
                                 const AccountChange& change) = 0;  ///< not_found, conflict
  /// Removes the account with its keys, reservations and requests. Succeeds if there is none.
  virtual Result<void> remove(std::string_view id) = 0;

  // API keys.

  /// Errors: not_found (the account), conflict (the id exists), limit_exceeded (the account has 100 keys).
  virtual Result<void> add_key(const ApiKey& key) = 0;
  virtual Result<ApiKey> find_key(std::string_view key_id) = 0;                            ///< not_found
  virtual Result<std::vector<ApiKey>> list_keys(std::string_view account) = 0;             ///< oldest first
  virtual Result<void> remove_key(std::string_view account, std::string_view key_id) = 0;  ///< not_found
  /// Sets last_used to `at`, unless it is less than a minute older. Succeeds if there is no such key.
  virtual Result<void> touch_key(std::string_view key_id, Time at) = 0;

  // Quota reservations. Days are UTC days.

  /// Adds a reservation. Checks only tasks_per_day (`limit_exceeded`); the caller compares bytes and active
  /// tasks with the jobs that exist.
  virtual Result<Reservation> reserve(const QuotaRequest& request, Time now,
                                      std::chrono::milliseconds lease) = 0;
  /// Adds `bytes` to a reservation. not_found: the lease expired, or there is no such reservation.
  virtual Result<Reservation> grow(std::string_view id, std::uint64_t bytes, Time now) = 0;
  /// Extends the leases that have not expired. Ignores the others.
  virtual Result<void> renew(std::span<const std::string> ids, Time now, std::chrono::milliseconds lease) = 0;
  /// Removes a reservation that became a job; the day's count stays. Succeeds if there is none.
  virtual Result<void> settle(std::string_view id) = 0;
  /// Removes a reservation that became no job and decrements the day's count. Succeeds if there is none.
  virtual Result<void> release(std::string_view id) = 0;
  /// The totals that `reserve` returns, without an id. This default makes and releases an empty reservation,
  /// which writes; stores override it with a read.
  virtual Result<Reservation> reserved_usage(std::string_view account, Time now);

  // Idempotency.

  /// Returns `acquired` to exactly one caller, until the request is abandoned, or has been neither renewed
  /// nor completed for `stale_after`; then one more caller acquires it with the same unique_key. The key
  /// expires `lifetime` after the first call and then gets a new unique_key.
  virtual Result<IdempotencyRecord> begin_request(std::string_view account, std::string_view key, Time now,
                                                  std::chrono::milliseconds lifetime,
                                                  std::chrono::milliseconds stale_after) = 0;
  /// Reports that these requests are still running. Ignores those that are done, abandoned or missing. The
  /// default does nothing: then a second caller may acquire a request that takes longer than `stale_after`,
  /// and both submit a job with the same unique_key, of which the JobStore keeps one.
  virtual Result<void> renew_requests(std::span<const IdempotentRequestName> requests, Time now);
  /// Marks the request `done` and stores its response. Succeeds if there is none.
  virtual Result<void> complete_request(std::string_view account, std::string_view key, unsigned status,
                                        std::string_view answer) = 0;
  /// Gives up the request: the next caller acquires it at once, with the same unique_key. Has no effect if
  /// it is done or missing.
  virtual Result<void> abandon_request(std::string_view account, std::string_view key) = 0;

  // Rates that hold for all processes that share the store: logins and wrong passwords. A `key` names what is
  // counted and always comes with the same rate. The defaults count nothing: then only the limits of each
  // process hold.

  /// Counts one event, if it is within the rate. Otherwise counts nothing and returns how long to wait (at
  /// least 1 ms).
  virtual Result<std::optional<std::chrono::milliseconds>> count_event(std::string_view key,
                                                                       const RateLimit& rate, Time now);
  /// Returns what `count_event` would return. Counts nothing.
  virtual Result<std::optional<std::chrono::milliseconds>> check_event(std::string_view key,
                                                                       const RateLimit& rate, Time now);
  /// Takes a counted event back.
  virtual Result<void> uncount_event(std::string_view key, const RateLimit& rate, Time now);

  /// Removes expired reservations, requests older than `lifetime`, counts of past days, and counted events
  /// that no longer matter. Called periodically, by every process.
  virtual Result<void> sweep(Time now, std::chrono::milliseconds lifetime) = 0;

  /// The store's clock, which all processes share. Default: the clock of this host.
  virtual Result<Time> now();
};

/// Opens the store named by a URI:
///
/// | URI | store |
/// | --- | --- |
/// | `memory:` | `memory_account_store` |
/// | `sqlite:PATH` | `sqlite_account_store`; `?durability=power` or `process` |
/// | `postgresql://USER@HOST/DATABASE` | `postgresql_account_store`; see there |
///
/// `sqlite:///a/b.db` is /a/b.db, `sqlite:a/b.db` is relative to the current folder. Characters that a URI
/// does not permit are percent-encoded. Thread-safe. Errors: `unsupported` (unknown scheme or option; the
/// message lists the supported ones), `invalid_argument`, and the errors of the store.
Result<std::shared_ptr<AccountStore>> open_account_store(std::string_view uri);

/// Brings the tables of a store to the schema of this build, by a role that may change tables, and returns
/// the number of steps that it applied. Opening a store does the same, if its role may; else it fails and
/// tells to do this. Steps only go forward. Several processes may call it at once, and older builds go on
/// working if the new schema permits them. Errors: as `open_account_store`.
Result<int> migrate_account_store(std::string_view uri);

/// A store in memory, lost when the process ends. For tests. `clock`: that of the store; must be thread-safe.
/// Default: that of this host.
std::shared_ptr<AccountStore> memory_account_store(std::function<Time()> clock = {});

/// A store in one SQLite file in WAL mode. Errors as for `sqlite_job_store`.
Result<std::shared_ptr<AccountStore>> sqlite_account_store(const std::filesystem::path& file,
                                                           Durability durability = Durability::power);

struct PostgresqlAccountOptions {
  /// For tests: the store's clock. Default: that of the database server.
  std::function<Time()> clock{};
};

/// A store in a PostgreSQL database (14 or later), which any number of hosts may share:
/// "postgresql://user@host:port/database?schema=convert&sslmode=verify-full". The tables are in a schema of
/// their own, which may be the one of the job store and the queue; the first store that is opened by a role
/// with the right to creates it. See connection settings and rights in docs/many-hosts.md. Works through
/// PgBouncer in transaction mode. Errors: `invalid_argument` (the URI; the role lacks rights; the message
/// names the remedy), `unsupported` (a build without PostgreSQL, or a schema newer than this build),
/// `unavailable` (no connection).
Result<std::shared_ptr<AccountStore>> postgresql_account_store(std::string_view uri,
                                                               const PostgresqlAccountOptions& options = {});
}  // namespace convert::server
