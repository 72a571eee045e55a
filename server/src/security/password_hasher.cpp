// SPDX-License-Identifier: MIT
#include "security/password_hasher.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "base/try.hpp"
#include "security/crypto.hpp"

namespace convert::server::security {
namespace {

constexpr unsigned long long kArgon2Passes = 2;
constexpr std::size_t kArgon2MemoryBytes = std::size_t{19} << 20;

using HashText = std::array<char, crypto_pwhash_argon2id_STRBYTES>;

/// Zero-terminated, as libsodium requires.
std::optional<HashText> to_hash_text(const std::string& hash) {
  HashText text{};
  if (hash.size() >= text.size()) return {};
  std::copy(hash.begin(), hash.end(), text.begin());
  return text;
}

using std::chrono::duration_cast;
using std::chrono::microseconds;
using SteadyClock = std::chrono::steady_clock;

/// A request that would wait longer is rejected at once.
constexpr std::chrono::seconds kMaxQueueTime(5);
constexpr int kMaxRetryJitter = 3;  // seconds

/// One call of `hash` or `verify`; exactly one callback is set.
struct HashTask {
  std::string password;
  std::optional<std::string> hash{};
  PasswordHasher::HashCallback hashed{};
  PasswordHasher::VerifyCallback verified{};

  ~HashTask() { secure_wipe(password); }

  void refuse(const Error& error) const {
    if (hashed) hashed(error);
    if (verified) verified(error);
  }
};
using TaskPtr = std::unique_ptr<HashTask>;

TaskPtr make_hash_task(std::string password, std::optional<std::string> hash,
                       PasswordHasher::HashCallback hashed, PasswordHasher::VerifyCallback verified) {
  TaskPtr task(new HashTask{password, std::move(hash), std::move(hashed), std::move(verified)});
  secure_wipe(password);
  return task;
}

Error queue_full() {
  return {Errc::unavailable, "Too many logins or sign-ups at this moment. Try again soon.", true};
}

Error shutting_down() { return {Errc::unavailable, "The server is stopping. Try again soon.", true}; }

/// Empty if the hash is current, or cannot be renewed now: the password is valid in any case.
std::optional<std::string> rehash_if_outdated(const std::string& hash, std::string_view password) {
  if (!needs_rehash(hash)) return {};
  auto made = hash_password(password);
  return made ? std::optional(std::move(*made)) : std::nullopt;
}

}  // namespace

Result<std::string> hash_password(std::string_view password) {
  ensure_sodium();
  HashText text{};
  if (crypto_pwhash_argon2id_str(text.data(), password.data(), password.size(), kArgon2Passes,
                                 kArgon2MemoryBytes) != 0) {
    return Error{Errc::unavailable, "Not enough memory to hash a password. Try again soon.", true};
  }
  return std::string(text.data());
}

bool password_matches(const std::string& hash, std::string_view password) {
  ensure_sodium();
  const auto text = to_hash_text(hash);
  return text && crypto_pwhash_argon2id_str_verify(text->data(), password.data(), password.size()) == 0;
}

bool needs_rehash(const std::string& hash) {
  ensure_sodium();
  const auto text = to_hash_text(hash);
  return !text ||
         crypto_pwhash_argon2id_str_needs_rehash(text->data(), kArgon2Passes, kArgon2MemoryBytes) != 0;
}

struct PasswordHasher::State {
  explicit State(const PasswordPolicy& passwords)
      : count(passwords.hash_threads != 0 ? passwords.hash_threads
                                          : std::max(1U, std::thread::hardware_concurrency())),
        max_queued(passwords.max_queued) {}

  microseconds queue_time(std::size_t tasks) const {
    return average_time * static_cast<std::int64_t>(tasks) / static_cast<std::int64_t>(count);
  }

  void post(TaskPtr task) {
    std::unique_lock lock(mutex);
    if (queue.size() + busy_threads >= max_queued + count || queue_time(queue.size()) > kMaxQueueTime) {
      lock.unlock();
      return task->refuse(queue_full());
    }
    queue.push_back(std::move(task));
    lock.unlock();
    work_available.notify_one();
  }

  /// The hash to verify against when the account does not exist.
  Result<std::string> dummy_hash() {
    const std::scoped_lock lock(dummy_hash_mutex);
    if (!made) {
      CONVERT_TRY_ASSIGN(made, hash_password(random_bytes(16)));
    }
    return *made;
  }

  void work() {
    (void)dummy_hash();  // computed in advance; an error is reported when the hash is needed
    std::unique_lock lock(mutex);
    for (;;) {
      work_available.wait(lock, [&] { return stopping || !queue.empty(); });
      if (stopping) return;
      TaskPtr task = std::move(queue.front());
      queue.pop_front();
      ++busy_threads;
      lock.unlock();
      const auto start = SteadyClock::now();
      run_task(*task);
      const auto elapsed = duration_cast<microseconds>(SteadyClock::now() - start);
      task.reset();
      lock.lock();
      --busy_threads;
      average_time = std::max((average_time * 7 + elapsed) / 8, microseconds(1));
    }
  }

  void run_task(const HashTask& task) {
    if (task.hashed) return task.hashed(hash_password(task.password));
    const auto hash = task.hash ? Result<std::string>(*task.hash) : dummy_hash();
    if (!hash) return task.verified(hash.error());
    Verification verification{password_matches(*hash, task.password) && task.hash};
    if (verification.matches) verification.rehashed = rehash_if_outdated(*hash, task.password);
    task.verified(std::move(verification));
  }

  /// Joins the threads, then rejects the queued tasks.
  void end() {
    {
      const std::scoped_lock lock(mutex);
      stopping = true;
    }
    work_available.notify_all();
    for (auto& thread : threads) thread.join();
    for (const auto& task : queue) task->refuse(shutting_down());
    queue.clear();
  }

  const std::size_t count;
  const std::size_t max_queued;

  std::mutex dummy_hash_mutex;
  std::optional<std::string> made;

  mutable std::mutex mutex;
  std::condition_variable work_available;
  std::deque<TaskPtr> queue;
  std::size_t busy_threads = 0;
  microseconds average_time{};  // moving average of the time of a task
  bool stopping = false;
  std::vector<std::thread> threads;
};

PasswordHasher::PasswordHasher(const PasswordPolicy& passwords) : state_(std::make_unique<State>(passwords)) {
  try {
    for (std::size_t n = 0; n < state_->count; ++n) {
      state_->threads.emplace_back([state = state_.get()] { state->work(); });
    }
  } catch (...) {
    state_->end();
    throw;
  }
}

PasswordHasher::~PasswordHasher() { state_->end(); }

void PasswordHasher::hash(std::string password, HashCallback done) {
  state_->post(make_hash_task(std::move(password), {}, std::move(done), {}));
}

void PasswordHasher::verify(std::optional<std::string> hash, std::string password, VerifyCallback done) {
  state_->post(make_hash_task(std::move(password), std::move(hash), {}, std::move(done)));
}

std::chrono::seconds PasswordHasher::retry_after() const {
  std::unique_lock lock(state_->mutex);
  const auto wait = state_->queue_time(state_->queue.size());
  lock.unlock();
  std::uniform_int_distribution<int> jitter(0, kMaxRetryJitter);
  std::random_device random;
  return std::max(std::chrono::ceil<std::chrono::seconds>(wait), std::chrono::seconds(1)) +
         std::chrono::seconds(jitter(random));
}

}  // namespace convert::server::security
