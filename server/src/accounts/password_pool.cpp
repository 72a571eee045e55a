// SPDX-License-Identifier: MIT
#include "accounts/password_pool.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "accounts/password.hpp"
#include "accounts/sodium.hpp"

namespace convert::server::accounts {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using SteadyClock = std::chrono::steady_clock;

/// Who would wait longer is told so at once.
constexpr std::chrono::seconds kPatience(5);
constexpr int kSpread = 3;  // seconds
/// What a hash takes, before one has been timed.
constexpr std::chrono::milliseconds kGuess(15);

/// One call. Of the two answers one is there.
struct Task {
  std::string password;
  std::optional<std::string> hash{};
  PasswordPool::Hashed hashed{};
  PasswordPool::Verified verified{};

  ~Task() { wipe(password); }

  void refuse(const Error& error) const {
    if (hashed) hashed(error);
    if (verified) verified(error);
  }
};
using TaskPtr = std::unique_ptr<Task>;

TaskPtr task_of(std::string password, std::optional<std::string> hash, PasswordPool::Hashed hashed,
                PasswordPool::Verified verified) {
  TaskPtr task(new Task{password, std::move(hash), std::move(hashed), std::move(verified)});
  wipe(password);
  return task;
}

Error full() {
  return {Errc::unavailable, "Too many log in or sign up at this moment: try again soon.", true};
}

Error ending() { return {Errc::unavailable, "The server is stopping: try again soon.", true}; }

/// A right password whose hash cannot be renewed for now is right all the same.
std::optional<std::string> renewed(const std::string& hash, std::string_view password) {
  if (!needs_rehash(hash)) return {};
  auto made = hash_password(password);
  return made ? std::optional(std::move(*made)) : std::nullopt;
}

}  // namespace

struct PasswordPool::State {
  explicit State(const Passwords& passwords)
      : count(passwords.threads != 0 ? passwords.threads : std::max(1U, std::thread::hardware_concurrency())),
        most(passwords.waiting) {}

  microseconds wait_of(std::size_t tasks) const {
    return each * static_cast<std::int64_t>(tasks) / static_cast<std::int64_t>(count);
  }

  void post(TaskPtr task) {
    std::unique_lock lock(mutex);
    if (waiting.size() + busy >= most + count || wait_of(waiting.size()) > kPatience) {
      lock.unlock();
      return task->refuse(full());
    }
    waiting.push_back(std::move(task));
    lock.unlock();
    came.notify_one();
  }

  /// The hash that nobody's password is compared with.
  Result<std::string> nobodys() {
    const std::scoped_lock lock(making);
    if (!made) {
      auto hash = hash_password(random_bytes(16));
      if (!hash) return hash;
      made = std::move(*hash);
    }
    return *made;
  }

  void work() {
    (void)nobodys();  // before anybody asks; whoever needs it is told of a failure then
    std::unique_lock lock(mutex);
    for (;;) {
      came.wait(lock, [&] { return ended || !waiting.empty(); });
      if (ended) return;
      TaskPtr task = std::move(waiting.front());
      waiting.pop_front();
      ++busy;
      lock.unlock();
      const auto begun = SteadyClock::now();
      answer(*task);
      const auto took = duration_cast<microseconds>(SteadyClock::now() - begun);
      task.reset();
      lock.lock();
      --busy;
      each = std::max((each * 7 + took) / 8, microseconds(1));
    }
  }

  void answer(const Task& task) {
    if (task.hashed) return task.hashed(hash_password(task.password));
    const auto hash = task.hash ? Result<std::string>(*task.hash) : nobodys();
    if (!hash) return task.verified(hash.error());
    Verdict verdict{password_matches(*hash, task.password) && task.hash};
    if (verdict.right) verdict.rehashed = renewed(*hash, task.password);
    task.verified(std::move(verdict));
  }

  /// Ends the threads, and answers what they leave.
  void end() {
    {
      const std::scoped_lock lock(mutex);
      ended = true;
    }
    came.notify_all();
    for (auto& thread : threads) thread.join();
    for (const auto& task : waiting) task->refuse(ending());
    waiting.clear();
  }

  const std::size_t count;
  const std::size_t most;

  std::mutex making;
  std::optional<std::string> made;

  mutable std::mutex mutex;
  std::condition_variable came;
  std::deque<TaskPtr> waiting;
  std::size_t busy = 0;  // threads
  microseconds each{};   // that a task takes, lately
  bool ended = false;
  std::vector<std::thread> threads;
};

PasswordPool::PasswordPool(const Passwords& passwords) : state_(std::make_unique<State>(passwords)) {
  try {
    for (std::size_t n = 0; n < state_->count; ++n) {
      state_->threads.emplace_back([state = state_.get()] { state->work(); });
    }
  } catch (...) {
    state_->end();
    throw;
  }
}

PasswordPool::~PasswordPool() { state_->end(); }

void PasswordPool::hash(std::string password, Hashed done) {
  state_->post(task_of(std::move(password), {}, std::move(done), {}));
}

void PasswordPool::verify(std::optional<std::string> hash, std::string password, Verified done) {
  state_->post(task_of(std::move(password), std::move(hash), {}, std::move(done)));
}

std::chrono::seconds PasswordPool::retry_after() const {
  std::unique_lock lock(state_->mutex);
  const auto wait = state_->wait_of(state_->waiting.size());
  lock.unlock();
  std::uniform_int_distribution<int> spread(0, kSpread);
  std::random_device dice;
  return std::max(std::chrono::ceil<std::chrono::seconds>(wait), std::chrono::seconds(1)) +
         std::chrono::seconds(spread(dice));
}

}  // namespace convert::server::accounts
