// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/support/curl_client.hpp"

namespace convert::test {

using ApiFields = std::vector<std::pair<std::string, std::string>>;

/// Body types that carry fields.
enum class FieldsAs { json, form, multipart };
inline constexpr FieldsAs kFieldsAs[] = {FieldsAs::json, FieldsAs::form, FieldsAs::multipart};
std::string_view to_string(FieldsAs type);

/// Arguments for curl that send these fields as text values.
std::vector<std::string> with_fields(FieldsAs type, const ApiFields& fields);

/// Value of the first member with that name in a JSON text, without quotes; "(none)" if there is none. Does
/// not decode escapes.
std::string member(std::string_view json, std::string_view name);

/// Formats a JSON string.
std::string json_text(std::string_view text);

/// A client of one server, optionally with a token.
class ApiClient {
 public:
  explicit ApiClient(std::string base, std::string token = {})
      : base_(std::move(base)), token_(std::move(token)) {}

  CurlResponse get(const std::string& path, std::vector<std::string> extra_arguments = {}) const;
  CurlResponse request(const std::string& method, const std::string& path,
                       std::vector<std::string> extra_arguments = {}) const;
  CurlResponse send(const std::string& method, const std::string& path, FieldsAs type,
                    const ApiFields& fields) const;
  /// Sends a POST.
  CurlResponse post(const std::string& path, const ApiFields& fields, FieldsAs type = FieldsAs::json) const {
    return send("POST", path, type, fields);
  }

  const std::string& token() const { return token_; }
  ApiClient with_token(std::string token) const { return ApiClient(base_, std::move(token)); }

 private:
  std::string base_;
  std::string token_;
};

inline constexpr std::string_view kGoodPassword = "correct horse 1";
inline const std::string kPassword{kGoodPassword};
/// How long a test waits for what must happen.
inline constexpr std::chrono::seconds kDeadline{30};

/// Signs up and logs in with that name, the address NAME@example.org and kGoodPassword. Throws on failure.
ApiClient sign_up_and_log_in(const std::string& base, const std::string& name);

/// Expects a problem document with that status and code, and the member "error" of older APIs.
void expect_problem(const CurlResponse& response, int status, std::string_view code);

}  // namespace convert::test
