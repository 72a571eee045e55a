// SPDX-License-Identifier: MIT
#include "api/account_json.hpp"

#include <utility>

#include "api/task.hpp"
#include "json/writer.hpp"

namespace convert::server::api {
namespace {

void limit(json::JsonWriter& writer, std::string_view name, std::uint64_t value) {
  writer.key(name);
  if (value == 0) {
    writer.json("null");
  } else {
    writer.unsigned_integer(value);
  }
}

void write_quota(json::JsonWriter& writer, const Allowance& allowance) {
  writer.key("quota").begin_object();
  limit(writer, "storage_bytes", allowance.storage_bytes);
  limit(writer, "file_bytes", allowance.file_bytes);
  limit(writer, "tasks_a_day", allowance.tasks_a_day);
  limit(writer, "tasks_at_once", allowance.tasks_at_once);
  writer.end_object();
}

void write_used(json::JsonWriter& writer, const Used& used) {
  writer.key("used").begin_object();
  writer.key("storage_bytes").unsigned_integer(used.storage_bytes);
  writer.key("tasks_today").unsigned_integer(used.tasks_today);
  writer.key("tasks_at_once").unsigned_integer(used.tasks_at_once);
  writer.end_object();
}

}  // namespace

std::string account_json(const Account& account, const Allowance& allowance, const Used& used) {
  json::JsonWriter writer;
  writer.begin_object();
  writer.key("id").text(account.id);
  writer.key("username").text(account.name);
  writer.key("email").text(account.email);
  writer.key("role").text(account.admin ? "admin" : "user");
  writer.key("language").text(account.language);
  writer.key("mail").boolean(account.wants_mail);
  writer.key("created").text(timestamp(account.created));
  write_quota(writer, allowance);
  write_used(writer, used);
  writer.end_object();
  return std::move(writer).take();
}

}  // namespace convert::server::api
