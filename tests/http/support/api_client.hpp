// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/support/curl_client.hpp"

namespace convert::test {

using ApiFields = std::vector<std::pair<std::string, std::string>>;

/// The types of body that carry fields.
enum class FieldsAs { json, form, multipart };
inline constexpr FieldsAs kFieldsAs[] = {FieldsAs::json, FieldsAs::form, FieldsAs::multipart};
std::string_view to_string(FieldsAs type);

/// curl's arguments that send these fields; all values as texts.
std::vector<std::string> with_fields(FieldsAs type, const ApiFields& fields);

/// The text that the first member of that name has in a JSON text; a number, true, false or null as it
/// stands;
/// "(none)" if there is none. Enough for tests, whose names and values need no escapes.
std::string member(std::string_view json, std::string_view name);

/// As a JSON text.
std::string json_text(std::string_view text);

/// A client of one server, who may have a token.
class ApiClient {
 public:
  explicit ApiClient(std::string base, std::string token = {})
      : base_(std::move(base)), token_(std::move(token)) {}

  CurlResponse get(const std::string& path, std::vector<std::string> extra_arguments = {}) const;
  CurlResponse ask(const std::string& method, const std::string& path,
                   std::vector<std::string> extra_arguments = {}) const;
  CurlResponse send(const std::string& method, const std::string& path, FieldsAs type,
                    const ApiFields& fields) const;
  /// POST.
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

/// Signs up by that name, with an address @example.org and kGoodPassword, and logs in. Throws if it can't.
ApiClient sign_up_and_log_in(const std::string& base, const std::string& name);

/// Expects a problem document of that status and code, with the older member.
void expect_problem(const CurlResponse& answer, int status, std::string_view code);

}  // namespace convert::test
