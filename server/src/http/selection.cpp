// SPDX-License-Identifier: MIT
#include "http/selection.hpp"

#include <chrono>
#include <random>
#include <utility>

#include "http/conditions.hpp"
#include "http/field_values.hpp"

namespace convert::server::http {
namespace {

Seconds present() { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); }

Validators validators_of(const Response& answer, Seconds now) {
  Validators validators;
  if (const Field* tag = field_of(answer, "ETag")) validators.etag = tag->value;
  if (const Field* date = field_of(answer, "Last-Modified")) {
    validators.last_modified = parse_http_date(date->value, now);
  }
  return validators;
}

/// What describes bytes that are not sent.
void drop_representation(Response& answer) {
  for (const std::string_view name : {"Content-Type", "Content-Disposition", "Content-Encoding"}) {
    drop_field(answer, name);
  }
  answer.body = std::string();
}

/// What a problem takes over from the answer that it replaces.
void replace(Response& answer, Response other) {
  for (const std::string_view name : {"ETag", "Last-Modified", "Cache-Control", "Vary"}) {
    if (const Field* field = field_of(answer, name)) other.fields.push_back(*field);
  }
  answer = std::move(other);
}

std::string random_boundary() {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::random_device random;
  std::uniform_int_distribution<std::size_t> any(0, letters.size() - 1);
  std::string boundary;
  for (int i = 0; i < 24; ++i) boundary += letters[any(random)];
  return boundary;
}

Selection whole(std::uint64_t size) {
  Selection selection;
  if (size > 0) selection.pieces.push_back({{}, Range{0, size - 1}});
  selection.length = size;
  return selection;
}

Selection parts(const std::vector<Range>& ranges, std::uint64_t size, Response& answer) {
  const Field* type = field_of(answer, "Content-Type");
  ByteRanges around = byte_ranges(ranges, size, type == nullptr ? "" : type->value, random_boundary());
  Selection selection;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    selection.pieces.push_back({std::move(around.heads[i]), ranges[i]});
  }
  selection.tail = std::move(around.tail);
  selection.length = around.length;
  drop_field(answer, "Content-Type");
  answer.with("Content-Type", around.content_type);
  return selection;
}

}  // namespace

void apply_conditions(const Asked& asked, Response& answer) {
  if (answer.status != 200 || (asked.method != Method::get && asked.method != Method::head)) return;
  const Seconds now = present();
  const Validators validators = validators_of(answer, now);
  if (validators.etag.empty() && !validators.last_modified) return;
  switch (check_conditions(asked.method, asked.fields, validators, now)) {
    case Verdict::proceed:
      break;
    case Verdict::not_modified:
      answer.status = 304;
      drop_representation(answer);
      break;
    case Verdict::failed:
      replace(answer, problem(412, "precondition_failed", "It is no longer what the request names."));
      break;
  }
}

Selection select(const Asked& asked, Response& answer) {
  const std::uint64_t size = std::get<Content>(answer.body).size;
  if (answer.status != 200) return whole(size);
  answer.with("Accept-Ranges", "bytes");
  const std::optional<std::string_view> range = asked.field("Range");
  if (!range || asked.method != Method::get) return whole(size);
  const Seconds now = present();
  const Validators validators = validators_of(answer, now);
  if (!if_range_holds(asked.field("If-Range"), validators.etag, validators.last_modified, now)) {
    return whole(size);
  }
  const RangePlan plan = plan_ranges(range, size);
  Selection selection;
  switch (plan.kind) {
    case RangePlan::Kind::whole:
      return whole(size);
    case RangePlan::Kind::unsatisfiable:
      replace(answer, problem(416, "range_not_satisfiable", "The file has no such bytes."));
      answer.with("Content-Range", content_range_unsatisfiable(size));
      return selection;
    case RangePlan::Kind::part:
      answer.status = 206;
      answer.with("Content-Range", content_range(plan.ranges.front(), size));
      selection.pieces.push_back({{}, plan.ranges.front()});
      selection.length = plan.ranges.front().size();
      return selection;
    case RangePlan::Kind::parts:
      answer.status = 206;
      return parts(plan.ranges, size, answer);
  }
  return selection;
}

}  // namespace convert::server::http
