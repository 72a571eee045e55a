// SPDX-License-Identifier: MIT
#include "api/room.hpp"

#include <algorithm>
#include <utility>

#include "api/account_access.hpp"
#include "api/task_services.hpp"
#include "http/pool.hpp"

namespace convert::server::api {
namespace {

// By which room grows for a body of unknown length: as much again as there is, within these.
constexpr std::uint64_t kSmallestStep = std::uint64_t{1} << 20;
constexpr std::uint64_t kLargestStep = std::uint64_t{64} << 20;

}  // namespace

Async<Result<Asker>> asker_of(Services& services, const Identity& caller) {
  const Quota& usual = services.options.quota;
  if (services.options.authenticate) co_return Asker{caller.account, api::allowance({}, usual)};
  auto asking = account_of(services, caller.account);
  auto account = co_await std::move(asking);
  if (!account) co_return std::move(account).error();
  co_return Asker{caller.account, api::allowance(account->quota, usual)};
}

Room::~Room() {
  if (id_.empty()) return;
  services_.pool.post([&services = services_, id = std::move(id_)] {
    // Should that fail, its lease ends by itself.
    (void)services.tasks.quotas.release(id);
  });
}

Async<std::optional<Failure>> Room::reserve(Need need) {
  auto work = [this, need] { return services_.tasks.quotas.reserve(asker_, need); };
  auto reserved = co_await services_.pool.run(std::move(work));
  if (auto* refused = std::get_if<Failure>(&reserved)) co_return std::move(*refused);
  id_ = std::move(std::get<std::string>(reserved));
  bytes_ = need.bytes;
  co_return std::nullopt;
}

Async<std::optional<Failure>> Room::hold(std::uint64_t bytes) {
  if (bytes <= bytes_) co_return std::nullopt;
  const std::uint64_t least = bytes - bytes_;
  const std::uint64_t most = std::max(least, std::clamp(bytes_, kSmallestStep, kLargestStep));
  auto work = [this, least, most] { return services_.tasks.quotas.grow(asker_, id_, least, most); };
  auto grown = co_await services_.pool.run(std::move(work));
  if (auto* refused = std::get_if<Failure>(&grown)) co_return std::move(*refused);
  bytes_ += std::get<std::uint64_t>(grown);
  co_return std::nullopt;
}

Async<void> Room::settle() {
  auto work = [this, id = std::exchange(id_, {})] { return services_.tasks.quotas.settle(asker_, id); };
  const auto settled = co_await services_.pool.run(std::move(work));
  if (!settled) services_.log(LogLine::Level::warning, "settling a reservation: " + settled.error().message);
}

}  // namespace convert::server::api
