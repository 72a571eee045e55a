// SPDX-License-Identifier: MIT
#include "user.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace bench {
namespace {

const std::string kBoundary = "bench-load-boundary";

/// An ID3v2.3 tag with one TXXX frame.
std::string id3_tag(std::uint64_t number) {
  const auto text = fmt::format("{}bench{}{:016x}", '\0', '\0', number);  // Latin-1, name, value
  const auto size = static_cast<char>(text.size());
  const std::string frame = std::string("TXXX\0\0\0", 7) + size + std::string(2, '\0') + text;
  return std::string("ID3\3\0\0\0\0\0", 9) + static_cast<char>(frame.size()) + frame;
}

constexpr std::chrono::milliseconds kPollInterval(500);
constexpr const char* kPassword = "correct horse 1";

}  // namespace

UploadFile::UploadFile(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  bytes_.assign(std::istreambuf_iterator<char>(stream), {});
  if (bytes_.empty()) throw std::runtime_error("There is nothing to read in " + file.string() + ".");
}

std::string UploadFile::body_prefix(const std::string& format) {
  return fmt::format(
             "--{0}\r\nContent-Disposition: form-data; name=\"newFormat\"\r\n\r\n{1}\r\n"
             "--{0}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"song.mp3\"\r\n"
             "Content-Type: audio/mpeg\r\n\r\n",
             kBoundary, format) +
         id3_tag(random_());
}

std::string UploadFile::body_suffix() { return "\r\n--" + kBoundary + "--\r\n"; }

std::string UploadFile::content_type() { return "multipart/form-data; boundary=" + kBoundary; }

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string member(const std::string& json, const std::string& name) {
  const auto key = json.find('"' + name + '"');
  if (key == std::string::npos) return {};
  auto start = json.find_first_not_of(": ", key + name.size() + 2);
  if (start == std::string::npos) return {};
  const bool text = json[start] == '"';
  if (text) ++start;
  return json.substr(start, json.find_first_of(text ? "\"" : ",} ", start) - start);
}

User::User(LoadRun& run, std::string name)
    : run_(run), name_(std::move(name)), connection_(run.context, run.server) {}

Async<Reply> User::step(const char* name, Request& request, HttpClient::Body body) {
  const auto start = Clock::now();
  request.token = token_;
  for (;;) {
    auto reply = co_await connection_.exchange(request, body);
    const bool later = (reply.status == 429 || reply.status == 503) && reply.retry_after;
    if (!later) {
      if (!reply.good())
        run_.measurements.error(fmt::format("{}: {} {}", name, reply.status,
                                            reply.status == 0 ? reply.error : member(reply.body, "error")));
      run_.measurements.time(name, seconds_since(start));
      co_return reply;
    }
    run_.measurements.retried();
    co_await pause(*reply.retry_after);
  }
}

Async<bool> User::sign_up() {
  const auto fields =
      fmt::format(R"({{"username":"{0}","email":"{0}@example.com","password1":"{1}","password2":"{1}"}})",
                  name_, kPassword);
  Request request{"POST", "/api/auth/signup", {}, "application/json", {fields}};
  const auto reply = co_await step("signup", request);
  co_return reply.good();
}

Async<bool> User::log_in() {
  const auto fields = fmt::format(R"({{"username":"{}","password":"{}"}})", name_, kPassword);
  Request request{"POST", "/api/auth/login", {}, "application/json", {fields}};
  const auto reply = co_await step("login", request);
  token_ = member(reply.body, "access_token");
  co_return reply.good() && !token_.empty();
}

Async<std::optional<std::string>> User::upload(UploadFile& song, const std::string& format) {
  const auto start = song.body_prefix(format);
  const auto end = UploadFile::body_suffix();
  Request request{"POST", "/api/tasks", {}, UploadFile::content_type(), {start, song.bytes(), end}};
  const auto reply = co_await step("upload", request);
  if (!reply.good()) co_return std::nullopt;
  co_return member(reply.body, "id");
}

Async<bool> User::list() {
  Request request{"GET", "/api/tasks?max=10&order=1", {}, {}, {}};
  const auto reply = co_await step("list", request);
  co_return reply.good();
}

Async<bool> User::wait_for(const std::string& task) {
  const auto start = Clock::now();
  for (;;) {
    Request request{"GET", "/api/tasks/" + task, {}, {}, {}};
    const auto reply = co_await step("look", request);
    if (!reply.good()) co_return false;
    const auto state = member(reply.body, "state");
    if (state == "PROCESSED") break;
    if (state != "UPLOADED" && state != "PROCESSING") {
      run_.measurements.error("wait: the task is " + state);
      co_return false;
    }
    co_await pause(kPollInterval);
  }
  run_.measurements.time("wait", seconds_since(start));
  co_return true;
}

Async<bool> User::download(const std::string& task) {
  Request request{"GET", "/api/tasks/" + task + "/output", {}, {}, {}};
  const auto reply = co_await step("download", request, HttpClient::Body::drop);
  run_.measurements.received(reply.bytes);
  co_return reply.good();
}

Async<bool> User::remove(const std::string& task) {
  Request request{"DELETE", "/api/tasks/" + task, {}, {}, {}};
  const auto reply = co_await step("remove", request);
  co_return reply.good();
}

}  // namespace bench
