// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <random>
#include <string>

#include "http_client.hpp"
#include "measurements.hpp"

namespace bench {

/// A file whose uploads are all different: each has its own ID3v2 tag in front.
class UploadFile {
 public:
  explicit UploadFile(const std::filesystem::path& file);
  const std::string& bytes() const { return bytes_; }
  /// The parts of a multipart body before and after the bytes of the file.
  std::string body_prefix(const std::string& format);
  static std::string body_suffix();
  static std::string content_type();

 private:
  std::string bytes_;
  std::mt19937_64 random_{std::random_device{}()};
};

/// The shared state of a run.
struct LoadRun {
  asio::io_context& context;
  asio::ip::tcp::endpoint server;
  Measurements measurements{};
};

/// A simulated user with an account and a connection. Each step is timed by name. A response 429 or 503 with
/// Retry-After is retried, and the wait counts. A failed step is an error of the run.
class User {
 public:
  User(LoadRun& run, std::string name);

  Async<bool> sign_up();
  Async<bool> log_in();
  Async<std::optional<std::string>> upload(UploadFile& song, const std::string& format);  ///< the task's id
  Async<bool> list();
  Async<bool> wait_for(const std::string& task);
  Async<bool> download(const std::string& task);
  Async<bool> remove(const std::string& task);

  const std::string& token() const { return token_; }
  void use(std::string token) { token_ = std::move(token); }

 private:
  Async<Reply> step(const char* name, Request& request, HttpClient::Body body = HttpClient::Body::keep);

  LoadRun& run_;
  std::string name_;
  std::string token_;
  HttpClient connection_;
};

/// A string or number member of a JSON object; empty if it is missing.
std::string member(const std::string& json, const std::string& name);

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point start);

}  // namespace bench
