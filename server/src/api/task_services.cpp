// SPDX-License-Identifier: MIT
#include "api/task_services.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace convert::server::api {
namespace {

constexpr unsigned kQuestions = 2;

}  // namespace

TaskServices::TaskServices(Engine& engine, AccountStore& accounts, accounts::Secrets& secrets,
                           const ApiOptions& options, std::function<Time()> now, Log log,
                           std::function<void(const std::string&)> forget)
    : shared_lists_(std::make_shared<TaskLists>()),
      quotas(engine, accounts, now),
      uploads(options.uploads),
      streams(options.streams),
      listeners(options.listeners, options.listeners_an_account),
      keeper(KeeperParts{engine, accounts, quotas, secrets, now, std::move(log), std::move(forget)}),
      conversions(std::max(1U, options.streams)),
      questions(kQuestions) {
  changes_ = engine.watch_changes([lists = shared_lists_](std::span<const Change> changes) {
    for (const Change& change : changes) lists->seen(change.owner, change.revision);
  });
}

TaskServices::~TaskServices() { closing_.request_stop(); }

}  // namespace convert::server::api
