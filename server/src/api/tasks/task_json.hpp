// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <convert/format.hpp>
#include <convert/job.hpp>

namespace convert::server::api {

/// The label of a job under which the name of its (first) file stands.
inline constexpr const char* kNameLabel = "name";

/// "UPLOADED", "PROCESSING", "PROCESSED", "FAILED" or "CANCELLED": a state as the API calls it.
std::string_view task_state(JobState state) noexcept;
std::optional<JobState> job_state(std::string_view task_state) noexcept;

/// "2026-11-21T10:05:43.120Z" (RFC 3339).
std::string timestamp(Time time);

/// By which an output is called in addresses, where "/" can't stand within a name.
std::string output_name_in_url(std::string_view output_name);

/// The address of an output, or of what stands below a task's: "/api/tasks/7/outputs/song.mp3".
std::string task_url(JobId id);
std::string output_url(JobId id, std::string_view output_name);

/// What its owner calls a job's file.
std::string_view task_name(const Job& job);

/// A job as the API shows it: a task (JSON object on one line). `user` is its owner's name; `formats` says
/// which extension the target has, and may be empty while nobody knows them. What went wrong inside the
/// server is said in general words.
std::string task_json(const Job& job, std::string_view user, std::span<const Format> formats);

/// An array of them.
std::string tasks_json(std::span<const Job> jobs, std::string_view user, std::span<const Format> formats);

/// `{"message": ..., "task": ...}`.
std::string message_and_task(std::string_view message, std::string_view task);

/// `{"id":7,"progress":0.42}`.
std::string progress_json(const Job& job);

}  // namespace convert::server::api
