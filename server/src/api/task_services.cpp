// SPDX-License-Identifier: MIT
#include "api/task_services.hpp"

#include <algorithm>
#include <utility>

namespace convert::server::api {
namespace {

constexpr unsigned kQuestions = 2;

}  // namespace

TaskServices::TaskServices(Engine& engine, AccountStore& accounts, const ApiOptions& options,
                           std::function<Time()> now, Log log, std::function<void(const std::string&)> forget)
    : quotas(engine, accounts, now),
      uploads(options.uploads),
      streams(options.streams),
      listeners(options.listeners, options.listeners_an_account),
      keeper(KeeperParts{engine, accounts, quotas, now, std::move(log), std::move(forget)}),
      conversions(std::max(1U, options.streams)),
      questions(kQuestions) {
  changes_ = engine.watch_all([this](const Job& job) { lists.seen(job.request.owner, job.revision); });
}

TaskServices::~TaskServices() { closing_.request_stop(); }

}  // namespace convert::server::api
