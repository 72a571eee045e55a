// SPDX-License-Identifier: MIT
#include "api/handlers.hpp"

#include <string>
#include <utility>
#include <vector>

#include "accounts/account_cache.hpp"
#include "accounts/account_validation.hpp"
#include "api/auth/authentication.hpp"
#include "api/support/problems.hpp"
#include "api/support/read_fields.hpp"
#include "api/support/responses.hpp"
#include "api/support/services.hpp"
#include "api/tasks/task_json.hpp"
#include "base/json_writer.hpp"
#include "base/try.hpp"
#include "http/connection/blocking_pool.hpp"
#include "security/api_key.hpp"

namespace convert::server::api {
namespace {

// Includes the key itself, which is shown only once.
std::string new_key_json(const ApiKey& key, std::string_view text) {
  base::JsonWriter writer;
  writer.begin_object();
  writer.key("id").text(key.id);
  writer.key("name").text(key.name);
  writer.key("key").text(text);
  writer.key("created").text(timestamp(key.created));
  writer.end_object();
  return std::move(writer).take();
}

void write_key(base::JsonWriter& writer, const ApiKey& key) {
  writer.begin_object();
  writer.key("id").text(key.id);
  writer.key("name").text(key.name);
  writer.key("created").text(timestamp(key.created));
  writer.key("used");
  if (key.last_used) {
    writer.text(timestamp(*key.last_used));
  } else {
    writer.json("null");
  }
  writer.end_object();
}

Async<Outcome<Response>> add_key(Services& services, std::string account, std::string name) {
  const security::NewApiKey new_key = security::make_api_key();
  const ApiKey key{new_key.id, std::move(account), std::move(name), new_key.hash, services.now(), {}};
  auto write = [&] { return services.accounts.add_key(key); };
  auto added = co_await services.pool.run(write);
  if (added) co_return secret_json(new_key_json(key, new_key.text));
  if (added.error().code != Errc::limit_exceeded) co_return added.error();
  co_return make_problem(409, "too_many_keys",
                         "The account has 100 API keys, the maximum. Delete one first.");
}

}  // namespace

Async<Outcome<Response>> create_key(Services& services, Request& request) {
  CONVERT_CO_TRY_ASSIGN(const auto fields, read_fields(request, FieldContext::key));
  const auto name = fields.non_empty("name");
  if (!name) co_return bad_request("missing_field", "The field \"name\" is missing: what the key is for.");
  if (auto good = accounts::validate_key_name(*name); !good)
    co_return bad_request("bad_name", good.error().message);
  co_return co_await add_key(services, caller(request).account, std::string(*name));
}

Async<Outcome<Response>> list_keys(Services& services, Request& request) {
  auto read = [&] { return services.accounts.list_keys(caller(request).account); };
  CONVERT_CO_TRY_ASSIGN(const auto keys, services.pool.run(read));
  base::JsonWriter writer;
  writer.begin_array();
  for (const ApiKey& key : keys) write_key(writer, key);
  writer.end_array();
  co_return secret_json(std::move(writer).take());
}

Async<Outcome<Response>> delete_key(Services& services, Request& request) {
  const std::string account = caller(request).account;
  const std::string id(request.path_parameter("id").value_or(""));
  auto remove = [&] {
    auto removed = services.accounts.remove_key(account, id);
    services.cache.invalidate(account);
    return removed;
  };
  CONVERT_CO_TRY(services.pool.run(remove));
  co_return no_content();
}

}  // namespace convert::server::api
