// SPDX-License-Identifier: MIT
#include "http/content/range_selection.hpp"

#include <chrono>
#include <random>
#include <utility>

#include "http/content/conditional_request.hpp"
#include "http/message/field_values.hpp"
#include "http/message/http_date.hpp"

namespace convert::server::http {
namespace {

Seconds current_time() { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); }

Validators response_validators(const Response& response, Seconds now) {
  Validators validators;
  if (const Field* tag = find_field(response, "ETag")) validators.etag = tag->value;
  if (const Field* date = find_field(response, "Last-Modified")) {
    validators.last_modified = parse_http_date(date->value, now);
  }
  return validators;
}

/// Removes the body and the fields that describe it.
void remove_representation(Response& response) {
  for (const std::string_view name : {"Content-Type", "Content-Disposition", "Content-Encoding"}) {
    remove_field(response, name);
  }
  response.body = std::string();
}

/// Replaces the response by a problem, keeping its validators and cache fields.
void replace_with_problem(Response& response, Response other) {
  for (const std::string_view name : {"ETag", "Last-Modified", "Cache-Control", "Vary"}) {
    if (const Field* field = find_field(response, name)) other.fields.push_back(*field);
  }
  response = std::move(other);
}

std::string random_boundary() {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::random_device random;
  std::uniform_int_distribution<std::size_t> any(0, letters.size() - 1);
  std::string boundary;
  for (int i = 0; i < 24; ++i) boundary += letters[any(random)];
  return boundary;
}

RangeSelection select_whole(std::uint64_t size) {
  RangeSelection selection;
  if (size > 0) selection.pieces.push_back({{}, Range{0, size - 1}});
  selection.length = size;
  return selection;
}

RangeSelection select_parts(const std::vector<Range>& ranges, std::uint64_t size, Response& response) {
  const Field* type = find_field(response, "Content-Type");
  MultipartByteRanges texts =
      format_byte_ranges(ranges, size, type == nullptr ? "" : type->value, random_boundary());
  RangeSelection selection;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    selection.pieces.push_back({std::move(texts.heads[i]), ranges[i]});
  }
  selection.tail = std::move(texts.tail);
  selection.length = texts.length;
  remove_field(response, "Content-Type");
  response.with("Content-Type", texts.content_type);
  return selection;
}

}  // namespace

void apply_conditions(const RequestView& request, Response& response) {
  if (response.status != 200 || (request.method != Method::get && request.method != Method::head)) return;
  const Seconds now = current_time();
  const Validators validators = response_validators(response, now);
  if (validators.etag.empty() && !validators.last_modified) return;
  switch (evaluate_conditions(request.method, request.fields, validators, now)) {
    case ConditionResult::proceed:
      break;
    case ConditionResult::not_modified:
      response.status = 304;
      remove_representation(response);
      break;
    case ConditionResult::failed:
      replace_with_problem(
          response, problem_response(412, "precondition_failed",
                                     "The resource has changed: a precondition of the request failed."));
      break;
  }
}

RangeSelection select_ranges(const RequestView& request, Response& response) {
  const std::uint64_t size = std::get<Content>(response.body).size;
  if (response.status != 200) return select_whole(size);
  response.with("Accept-Ranges", "bytes");
  const std::optional<std::string_view> range = request.field("Range");
  if (!range || request.method != Method::get) return select_whole(size);
  const Seconds now = current_time();
  const Validators validators = response_validators(response, now);
  if (!if_range_matches(request.field("If-Range"), validators.etag, validators.last_modified, now)) {
    return select_whole(size);
  }
  const RangePlan plan = plan_ranges(range, size);
  RangeSelection selection;
  switch (plan.kind) {
    case RangePlan::Kind::whole:
      return select_whole(size);
    case RangePlan::Kind::unsatisfiable:
      replace_with_problem(response, problem_response(416, "range_not_satisfiable",
                                                      "The requested range is outside the file."));
      response.with("Content-Range", content_range_unsatisfiable(size));
      return selection;
    case RangePlan::Kind::part:
      response.status = 206;
      response.with("Content-Range", content_range(plan.ranges.front(), size));
      selection.pieces.push_back({{}, plan.ranges.front()});
      selection.length = plan.ranges.front().size();
      return selection;
    case RangePlan::Kind::parts:
      response.status = 206;
      return select_parts(plan.ranges, size, response);
  }
  return selection;
}

}  // namespace convert::server::http
