// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <convert/result.hpp>
#include <convert/storage.hpp>

namespace convert::server {

/// What one account may have. Nothing said: the server's default. 0: no limit.
struct Quota {
  std::optional<std::uint64_t> storage_bytes{};  ///< inputs and outputs
  std::optional<std::uint64_t> file_bytes{};     ///< one upload
  std::optional<std::uint32_t> tasks_per_day{};  ///< UTC days
  std::optional<std::uint32_t> active_tasks{};   ///< not ended, and uploads on their way
};
struct Account {
  std::string id;        ///< made by the store: 16 characters a-z2-7, never reused
  std::string name;      ///< unique in any case; 1 to 64 characters, no "@", no control characters
  std::string email;     ///< unique, lower case
  std::string password;  ///< the hash as text; never shown
  std::string language{};
  bool admin = false, disabled = false, email_notifications = false, email_confirmed = false;
  bool being_deleted = false;  ///< being deleted: nobody logs in, its jobs are being removed
  std::uint32_t epoch = 0;     ///< rises when all its tokens become void
  Quota quota{};
  Time created{};
};
struct AccountChange {  ///< what is said changes
  std::optional<std::string> email{}, password{}, language{};
  std::optional<bool> admin{}, disabled{}, email_notifications{}, email_confirmed{}, being_deleted{};
  std::optional<Quota> quota{};
  bool revoke_tokens = false;  ///< epoch + 1, in the same step
};
struct ApiKey {
  std::string id, account, name, hash;
  Time created{};
  std::optional<Time> last_used{};
};
/// Room that an upload has asked for before its body is read. It counts until it is settled, released or its
/// lease ends.
struct QuotaRequest {
  std::string account;      ///< also one that the store does not have: a host may know better
  std::uint64_t bytes = 0;  ///< counted up to 2^50
  std::uint32_t tasks = 1;  ///< at once, and of the day
  std::optional<std::uint32_t> tasks_per_day{};  ///< nothing said, or 0: no limit
};
struct Reservation {
  std::string id;
  std::uint64_t total_bytes = 0;  ///< of all living reservations of the account, this one included
  std::uint32_t total_tasks = 0;
  std::uint32_t tasks_today = 0;
};
/// A request under an Idempotency-Key.
struct IdempotencyRecord {
  enum class State : std::uint8_t { acquired, running, done } state = State::acquired;
  std::string unique_key;  ///< for JobRequest::unique_key: other for each life of the key
  unsigned status = 0;
  std::string answer;  ///< of a done one
};
/// What `conflict` of AccountStore::create and change says, word for word.
inline constexpr std::string_view kNameTaken = "This name is in use: choose another one.";
inline constexpr std::string_view kEmailTaken = "This e-mail address is in use: log in, or give another one.";

/// Who may use the server, and what is promised to them. Thread-safe; calls may block. Each is atomic, and
/// durable when it returns, but `reserve`, `grow`, `renew`, `settle`, `release`, `sweep` and `used`, which
/// survive the death of a process only. Several processes may share one. Times are the caller's, but
/// Account::created, which is the store's. Every call may fail with `unavailable` (retryable), `io`,
/// `internal`.
///
/// What is stored is not judged here: names, addresses, passwords and quotas are checked by whoever asks for
/// them.
class AccountStore {
 public:
  virtual ~AccountStore() = default;

  // Accounts. `create` and `change`: `conflict`, whose message is kNameTaken or kEmailTaken.

  /// As it is stored: with a new id, epoch 0, the time, and the e-mail address in lower case.
  virtual Result<Account> create(const Account& account) = 0;
  virtual Result<Account> find(std::string_view id) = 0;  ///< not_found
  /// With an "@" it is the e-mail address, else the name, in any case. not_found
  virtual Result<Account> find_login(std::string_view name_or_email) = 0;
  /// By id, those behind `after`.
  virtual Result<std::vector<Account>> list(std::string_view after, std::size_t max) = 0;
  virtual Result<Account> change(std::string_view id,
                                 const AccountChange& change) = 0;  ///< not_found, conflict
  /// With keys and all else; a missing one is a success.
  virtual Result<void> remove(std::string_view id) = 0;

  // API keys.

  /// not_found (the account), conflict (the id), limit_exceeded (there are 100 of this account).
  virtual Result<void> add_key(const ApiKey& key) = 0;
  virtual Result<ApiKey> find_key(std::string_view key_id) = 0;                 ///< not_found
  virtual Result<std::vector<ApiKey>> list_keys(std::string_view account) = 0;  ///< the oldest first
  virtual Result<void> remove_key(std::string_view account, std::string_view key_id) = 0;  ///< not_found
  /// Writes it down unless that was done less than a minute before `at`; a missing key is a success.
  virtual Result<void> touch_key(std::string_view key_id, Time at) = 0;

  // Room. A day is one of UTC.

  /// Fails with `limit_exceeded` only for tasks_per_day; the caller compares bytes and tasks with what is
  /// stored.
  virtual Result<Reservation> reserve(const QuotaRequest& request, Time now,
                                      std::chrono::milliseconds lease) = 0;
  /// By so many bytes more. not_found: the lease has ended, or there was none.
  virtual Result<Reservation> grow(std::string_view id, std::uint64_t bytes, Time now) = 0;
  /// Those whose lease has not ended; of the others nothing is said.
  virtual Result<void> renew(std::span<const std::string> ids, Time now, std::chrono::milliseconds lease) = 0;
  /// Became a job: the day's count stays. A missing one is a success.
  virtual Result<void> settle(std::string_view id) = 0;
  /// Became nothing: the day's count goes back. A missing one is a success.
  virtual Result<void> release(std::string_view id) = 0;
  /// What the account has reserved, and begun today, as `reserve` says it, but without an id. Here it is
  /// asked by a reservation of nothing, which writes: a store that can read it overrides this.
  virtual Result<Reservation> reserved_usage(std::string_view account, Time now);

  // Idempotency.

  /// `fresh` for exactly one caller, until it is forgotten, or `running` for longer than `stale_after`: then
  /// one more gets it, with the same unique_key. `lifetime` after the first one the key begins a new life,
  /// with another unique_key.
  virtual Result<IdempotencyRecord> begin_request(std::string_view account, std::string_view key, Time now,
                                                  std::chrono::milliseconds lifetime,
                                                  std::chrono::milliseconds stale_after) = 0;
  /// From now on it is `done`. A missing one is a success.
  virtual Result<void> complete_request(std::string_view account, std::string_view key, unsigned status,
                                        std::string_view answer) = 0;
  /// It came to nothing: the next one is `fresh` at once, in the same life. One that is done, or missing,
  /// stays so.
  virtual Result<void> abandon_request(std::string_view account, std::string_view key) = 0;

  /// Releases what leases left behind, forgets requests that are older than `lifetime`, and days that are
  /// past. Called from time to time.
  virtual Result<void> sweep(Time now, std::chrono::milliseconds lifetime) = 0;
};

/// The store that a URI names, by the scheme of its first word:
///
/// | URI | store |
/// | --- | --- |
/// | `memory:` | `memory_account_store` |
/// | `sqlite:PATH` | `sqlite_account_store`; `?durability=power` or `process` |
///
/// `sqlite:///a/b.db` is /a/b.db, `sqlite:a/b.db` is below the current folder; a character that a URI does
/// not permit is percent-encoded. Thread-safe. Errors: `unsupported` (another scheme or option; the message
/// lists what there is), `invalid_argument`, and those of the store itself.
Result<std::shared_ptr<AccountStore>> open_account_store(std::string_view uri);

/// For tests and trials: gone with the process.
std::shared_ptr<AccountStore> memory_account_store();

/// One SQLite file in WAL mode, as `sqlite_job_store`, with the same errors.
Result<std::shared_ptr<AccountStore>> sqlite_account_store(const std::filesystem::path& file,
                                                           Durability durability = Durability::power);
}  // namespace convert::server
