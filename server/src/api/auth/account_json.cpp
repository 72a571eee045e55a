// SPDX-License-Identifier: MIT
#include "api/auth/account_json.hpp"

#include <utility>

#include "api/tasks/task_json.hpp"
#include "base/json_writer.hpp"

namespace convert::server::api {
namespace {

void write_limit(base::JsonWriter& writer, std::string_view name, std::uint64_t value) {
  writer.key(name);
  if (value == 0) {
    writer.json("null");
  } else {
    writer.unsigned_integer(value);
  }
}

void write_quota(base::JsonWriter& writer, const EffectiveQuota& effective_quota) {
  writer.key("quota").begin_object();
  write_limit(writer, "storage_bytes", effective_quota.storage_bytes);
  write_limit(writer, "file_bytes", effective_quota.file_bytes);
  write_limit(writer, "tasks_a_day", effective_quota.tasks_per_day);
  write_limit(writer, "tasks_at_once", effective_quota.active_tasks);
  writer.end_object();
}

void write_usage(base::JsonWriter& writer, const QuotaUsage& used) {
  writer.key("used").begin_object();
  writer.key("storage_bytes").unsigned_integer(used.storage_bytes);
  writer.key("tasks_today").unsigned_integer(used.tasks_today);
  writer.key("tasks_at_once").unsigned_integer(used.active_tasks);
  writer.end_object();
}

}  // namespace

std::string account_json(const Account& account, const EffectiveQuota& effective_quota,
                         const QuotaUsage& used) {
  base::JsonWriter writer;
  writer.begin_object();
  writer.key("id").text(account.id);
  writer.key("username").text(account.name);
  writer.key("email").text(account.email);
  writer.key("role").text(account.admin ? "admin" : "user");
  writer.key("language").text(account.language);
  writer.key("mail").boolean(account.email_notifications);
  writer.key("created").text(timestamp(account.created));
  write_quota(writer, effective_quota);
  write_usage(writer, used);
  writer.end_object();
  return std::move(writer).take();
}

}  // namespace convert::server::api
