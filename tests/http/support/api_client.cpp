// SPDX-License-Identifier: MIT
#include "http/support/api_client.hpp"

#include <algorithm>
#include <stdexcept>

namespace convert::test {
namespace {

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const unsigned char byte : text) {
    const bool plain =
        (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
    if (plain) {
      out += static_cast<char>(byte);
    } else {
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
  return out;
}

std::string json_body(const ApiFields& fields) {
  std::string body = "{";
  for (const auto& [name, value] : fields) {
    body += (body.size() > 1 ? "," : "") + json_text(name) + ":" + json_text(value);
  }
  return body + "}";
}

std::string form_body(const ApiFields& fields) {
  std::string body;
  for (const auto& [name, value] : fields) {
    body += (body.empty() ? "" : "&") + percent_encoded(name) + "=" + percent_encoded(value);
  }
  return body;
}

}  // namespace

std::string_view to_string(FieldsAs type) {
  switch (type) {
    case FieldsAs::json:
      return "JSON";
    case FieldsAs::form:
      return "form";
    case FieldsAs::multipart:
      break;
  }
  return "multipart";
}

std::string json_text(std::string_view text) {
  std::string out = "\"";
  for (const char letter : text) {
    if (letter == '"' || letter == '\\') out += '\\';
    out += letter;
  }
  return out + '"';
}

std::vector<std::string> with_fields(FieldsAs type, const ApiFields& fields) {
  if (type == FieldsAs::json)
    return {"-H", "Content-Type: application/json", "--data-binary", json_body(fields)};
  if (type == FieldsAs::form) return {"--data-binary", form_body(fields)};
  std::vector<std::string> arguments;
  for (const auto& [name, value] : fields) {
    arguments.insert(arguments.end(), {"--form-string", name + "=" + value});
  }
  return arguments;
}

std::string member(std::string_view json, std::string_view name) {
  const std::string key = "\"" + std::string(name) + "\":";
  const auto at = json.find(key);
  if (at == std::string_view::npos) return "(none)";
  json.remove_prefix(at + key.size());
  if (!json.starts_with('"')) return std::string(json.substr(0, json.find_first_of(",}]")));
  return std::string(json.substr(1, json.find('"', 1) - 1));
}

CurlResponse ApiClient::get(const std::string& path, std::vector<std::string> extra_arguments) const {
  return request("GET", path, std::move(extra_arguments));
}

CurlResponse ApiClient::request(const std::string& method, const std::string& path,
                                std::vector<std::string> extra_arguments) const {
  std::vector<std::string> arguments = std::move(extra_arguments);
  if (method == "HEAD") {
    arguments.push_back("-I");
  } else {
    arguments.insert(arguments.end(), {"-X", method});
  }
  if (!token_.empty()) arguments.insert(arguments.end(), {"-H", "Authorization: Bearer " + token_});
  arguments.push_back(base_ + path);
  return curl(arguments);
}

CurlResponse ApiClient::send(const std::string& method, const std::string& path, FieldsAs type,
                             const ApiFields& fields) const {
  return request(method, path, with_fields(type, fields));
}

ApiClient sign_up_and_log_in(const std::string& base, const std::string& name) {
  const ApiClient stranger(base);
  const std::string password(kGoodPassword);
  const auto made = stranger.post("/api/auth/signup", {{"username", name},
                                                       {"email", name + "@example.org"},
                                                       {"password1", password},
                                                       {"password2", password}});
  if (made.status != 200) throw std::runtime_error("sign-up: " + made.body + made.errors);
  const auto in = stranger.post("/api/auth/login", {{"username", name}, {"password", password}});
  if (in.status != 200) throw std::runtime_error("login: " + in.body + in.errors);
  return stranger.with_token(member(in.body, "token"));
}

void expect_problem(const CurlResponse& response, int status, std::string_view code) {
  EXPECT_EQ(response.status, status) << response;
  EXPECT_EQ(response.field("Content-Type"), "application/problem+json") << response;
  EXPECT_EQ(member(response.body, "type"), "about:blank") << response;
  EXPECT_NE(member(response.body, "title"), "(none)") << response;
  EXPECT_EQ(member(response.body, "code"), code) << response;
  EXPECT_NE(member(response.body, "detail"), "(none)") << response;
  EXPECT_EQ(member(response.body, "status"), std::to_string(status)) << response;
  EXPECT_EQ(member(response.body, "error"), member(response.body, "detail")) << response;
}

}  // namespace convert::test
