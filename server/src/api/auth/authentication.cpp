// SPDX-License-Identifier: MIT
#include "api/auth/authentication.hpp"

#include <chrono>
#include <utility>

#include "accounts/account_cache.hpp"
#include "api/auth/account.hpp"
#include "api/support/problems.hpp"
#include "api/support/responses.hpp"
#include "api/tasks/task_access.hpp"
#include "base/json_writer.hpp"
#include "base/try.hpp"
#include "http/connection/blocking_pool.hpp"
#include "http/message/field_values.hpp"
#include "security/access_token.hpp"
#include "security/api_key.hpp"
#include "security/key_ring.hpp"
#include "security/signed_link.hpp"

namespace convert::server::api {
namespace {

using IdentityResult = Outcome<std::optional<Identity>>;

IdentityResult no_identity() { return std::optional<Identity>(); }

IdentityResult identity_of_account(const Account& account, Identity::Credential by) {
  if (account.disabled || account.being_deleted) return no_identity();
  Identity who;
  who.credential = by;
  who.account = account.id;
  who.name = account.name;
  who.admin = account.admin;
  return std::optional<Identity>(std::move(who));
}

// A missing record means an invalid credential. Other errors prevent the check.
IdentityResult no_identity_if_missing(const Problem& problem) {
  if (problem.is(Errc::not_found)) return no_identity();
  return problem;
}

// Verifies with the current key ring. If the credential names an unknown secret, another process may have
// rotated the secrets: loads them again and retries once.
template <class Verify>
auto verify_with_current_keys(Services& services, Verify verify)
    -> Async<std::invoke_result_t<Verify&, const security::KeyRing&>> {
  const auto ring = services.secrets.ring();
  auto verified = verify(*ring);
  if (verified || verified.error().code != Errc::not_found) co_return verified;
  auto refresh = [&] { return services.secrets.refresh(std::chrono::steady_clock::now()); };
  if (!co_await services.pool.run(refresh)) co_return verified;
  const auto newer = services.secrets.ring();
  co_return verify(*newer);
}

Async<Outcome<ApiKey>> stored_key(Services& services, const std::string& id) {
  if (const auto known = services.cache.cached_key(id)) co_return *known;
  auto read = [&] { return services.cache.key(id); };
  CONVERT_CO_TRY_ASSIGN(const auto key, services.pool.run(read));
  co_return *key;
}

// For the column "used" in the list of keys. Written at most once a minute.
Async<void> record_key_use(Services& services, const ApiKey& key) {
  const Time now = services.now();
  if (key.last_used && now - *key.last_used < std::chrono::minutes(1)) co_return;
  auto write = [&] { return services.accounts.touch_key(key.id, now); };
  const auto noted = co_await services.pool.run(write);
  if (!noted) services.log(LogLine::Level::warning, "Recording the use of an API key failed.");
}

// RFC 6750, section 2.1: "Bearer" in any case, then the credential.
std::optional<std::string> bearer_credential(const Request& request) {
  constexpr std::string_view kScheme = "Bearer ";
  const auto field = request.field("Authorization");
  if (!field || field->size() <= kScheme.size()) return {};
  if (!http::equals_ignore_case(field->substr(0, kScheme.size()), kScheme)) return {};
  return std::string(http::trim(field->substr(kScheme.size())));
}

bool is_read_only(const Request& request) {
  return request.method == Method::get || request.method == Method::head;
}

Async<IdentityResult> identify(Services& services, Request& request, Access access) {
  if (access == Access::link_holder && is_read_only(request)) {
    if (auto link = request.query_parameter("link")) {
      co_return co_await identity_of_link(services, parse_task_id(request), std::move(*link));
    }
  }
  if (services.options.authenticate) co_return co_await services.options.authenticate(request);
  auto credential = bearer_credential(request);
  if (!credential) co_return std::optional<Identity>();
  if (security::looks_like_api_key(*credential))
    co_return co_await identity_of_key(services, std::move(*credential));
  co_return co_await identity_of_token(services, std::move(*credential));
}

/// Takes values, since the request may have ended.
Async<IdentityResult> identify_again(Services& services, Identity who, std::string credential) {
  switch (who.credential) {
    case Identity::Credential::token:
      co_return co_await identity_of_token(services, std::move(credential));
    case Identity::Credential::key:
      co_return co_await identity_of_key(services, std::move(credential));
    case Identity::Credential::link: {
      // Uses the known owner, so that it works for a task that was just removed.
      auto checking = identity_of_link(services, who.only_task.value(), who.account, std::move(credential));
      co_return co_await std::move(checking);
    }
    case Identity::Credential::host:
      break;
  }
  co_return std::optional<Identity>(std::move(who));
}

Async<bool> is_still_valid(Services& services, Identity who, std::string credential) {
  auto checking = identify_again(services, std::move(who), std::move(credential));
  const IdentityResult holder = co_await std::move(checking);
  co_return holder ? holder->has_value() : false;
}

}  // namespace

Async<IdentityResult> identity_of_token(Services& services, std::string token) {
  const Time now = services.now();
  auto verify = [&](const security::KeyRing& ring) { return security::verify_token(token, ring, now); };
  const auto claims = co_await verify_with_current_keys(services, verify);
  if (!claims) co_return no_identity();
  auto account = co_await find_account(services, claims->account);
  if (account && account->epoch < claims->epoch) {
    // The cached account is older than the token: another process has changed it.
    services.cache.invalidate(claims->account);
    account = co_await find_account(services, claims->account);
  }
  if (!account) co_return no_identity_if_missing(account.error());
  if (account->epoch != claims->epoch) co_return no_identity();
  co_return identity_of_account(*account, Identity::Credential::token);
}

Async<IdentityResult> identity_of_key(Services& services, std::string text) {
  const auto parts = security::parse_api_key(text);
  if (!parts) co_return no_identity();
  const auto key = co_await stored_key(services, parts->id);
  if (!key && !key.error().is(Errc::not_found)) co_return key.error();
  std::optional<std::string> hash;
  if (key) hash = key->hash;
  if (!security::api_key_matches(*parts, hash)) co_return no_identity();
  const auto account = co_await find_account(services, key->account);
  if (!account) co_return no_identity_if_missing(account.error());
  co_await record_key_use(services, *key);
  co_return identity_of_account(*account, Identity::Credential::key);
}

Async<IdentityResult> identity_of_link(Services& services, std::optional<JobId> task, std::string link) {
  if (!task) co_return no_identity();
  auto find = [&] { return services.engine.find(*task); };
  const auto job = co_await services.pool.run(find);
  if (!job) co_return no_identity_if_missing(problem_of(job.error()));
  auto holder = identity_of_link(services, *task, job->request.owner, std::move(link));
  co_return co_await std::move(holder);
}

Async<IdentityResult> identity_of_link(Services& services, JobId task, std::string owner_id,
                                       std::string link) {
  const auto owner = co_await link_owner(services, owner_id);
  if (!owner) co_return no_identity_if_missing(owner.error());
  const security::LinkSubject subject{task, owner_id, owner->epoch};
  const Time now = services.now();
  auto verify = [&](const security::KeyRing& ring) {
    return security::verify_link(link, subject, ring, now);
  };
  const auto valid = co_await verify_with_current_keys(services, verify);
  if (!valid) co_return no_identity();
  Identity who;
  who.credential = Identity::Credential::link;
  who.account = std::move(owner_id);
  who.name = owner->name;
  who.only_task = task;
  co_return std::optional<Identity>(std::move(who));
}

Async<Outcome<LinkOwner>> link_owner(Services& services, std::string owner) {
  if (services.options.authenticate) co_return LinkOwner{};
  CONVERT_CO_TRY_ASSIGN(auto account, find_account(services, std::move(owner)));
  if (account.disabled || account.being_deleted)
    co_return Error{Errc::not_found, "The account is closed.", false};
  co_return LinkOwner{account.epoch, std::move(account.name)};
}

Async<Response> issue_token(Services& services, std::string account, std::uint32_t epoch,
                            std::string_view message) {
  auto refresh = [&] { return services.secrets.refresh(std::chrono::steady_clock::now()); };
  (void)co_await services.pool.run(refresh);  // a newer secret may be due to sign
  const auto now = std::chrono::floor<std::chrono::seconds>(services.now());
  const auto ttl = services.options.token_ttl;
  const auto ring = services.secrets.ring();
  const std::string token = security::make_token({std::move(account), epoch, now, now + ttl}, *ring);
  base::JsonWriter writer;
  writer.begin_object();
  if (!message.empty()) writer.key("message").text(message);
  writer.key("token").text(token);
  writer.key("access_token").text(token);
  writer.key("token_type").text("Bearer");
  writer.key("expires_in").integer(ttl.count());
  writer.end_object();
  co_return secret_json(std::move(writer).take());
}

Async<Outcome<void>> authenticate(Services& services, Request& request, Access access) {
  if (access == Access::anyone) co_return Outcome<void>();
  CONVERT_CO_TRY_ASSIGN(auto found, identify(services, request, access));
  if (!found) co_return unauthorized();
  if (access == Access::token_only && found->credential == Identity::Credential::key) {
    co_return make_problem(403, "token_needed",
                           "API keys cannot be used for this request. Log in and use the token.");
  }
  request.identity = std::move(*found);
  co_return Outcome<void>();
}

std::function<Async<bool>()> credential_recheck(Services& services, const Request& request) {
  const Identity& who = caller(request);
  const bool by_link = who.credential == Identity::Credential::link;
  auto credential = by_link ? request.query_parameter("link") : bearer_credential(request);
  if (!by_link && services.options.authenticate) return {};
  return [&services, who, credential = std::move(credential).value_or("")] {
    return is_still_valid(services, who, credential);
  };
}

const Identity& caller(const Request& request) { return request.identity.value(); }

}  // namespace convert::server::api
