// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <convert/format.hpp>
#include <convert/job.hpp>

namespace convert::server::api {

/// The label of a job with the name of its first file.
inline constexpr const char* kNameLabel = "name";
/// The label of a job with the title that its owner has given it.
inline constexpr const char* kTitleLabel = "title";

/// The API's name of a state: "UPLOADED", "PROCESSING", "PROCESSED", "FAILED" or "CANCELLED".
std::string_view task_state(JobState state) noexcept;
std::optional<JobState> job_state(std::string_view task_state) noexcept;

/// "2026-11-21T10:05:43.120Z" (RFC 3339).
std::string timestamp(Time time);

/// The name of an output in URLs, with "_" instead of "/".
std::string output_name_in_url(std::string_view output_name);

/// URL paths of a task and of an output: "/api/tasks/7", "/api/tasks/7/outputs/song.mp3".
std::string task_url(JobId id);
std::string output_url(JobId id, std::string_view output_name);

/// The name of a job's file as its owner sees it.
std::string_view task_name(const Job& job);

/// A job as a task of the API: a JSON object on one line. `user` is the owner's name; `formats` gives the
/// extension of the target and may be empty before the Engine has started. Internal errors get a general
/// message.
std::string task_json(const Job& job, std::string_view user, std::span<const Format> formats);

/// An array of tasks.
std::string tasks_json(std::span<const Job> jobs, std::string_view user, std::span<const Format> formats);

/// `{"message": ..., "task": ...}`.
std::string message_and_task(std::string_view message, std::string_view task);

/// `{"id":7,"progress":0.42}`.
std::string progress_json(const Job& job);

}  // namespace convert::server::api
