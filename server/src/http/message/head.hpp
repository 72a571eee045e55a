// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <convert/server/field.hpp>

namespace convert::server::http {

/// The header of one request, and the bytes that its views lie in. One per connection, used for each request
/// after the other: its memory stays.
class RequestHead {
 public:
  RequestHead() = default;
  RequestHead(const RequestHead&) = delete;
  RequestHead& operator=(const RequestHead&) = delete;

  std::string_view method;
  std::string_view target;
  int version = 11;  ///< 10 or 11; 11 stands for every later 1.x (RFC 9110, 2.5)
  std::vector<FieldView> fields;

  /// Forgets what it held, and keeps a copy of `block`.
  void assign(std::string_view block) {
    method = target = {};
    fields.clear();
    bytes_.assign(block);
  }
  /// A request line that says a later HTTP/1.x says HTTP/1.1 from now on, the latest that is spoken here.
  void clamp_version();
  /// Forgets what it held, and gives large memory back: for a connection that goes idle.
  void clear() {
    assign({});
    if (bytes_.capacity() > 4'096) bytes_ = {};
    if (fields.capacity() > 32) fields = {};
  }
  std::string_view bytes() const noexcept { return bytes_; }

  /// The first field of that name, in any case.
  std::optional<std::string_view> field(std::string_view name) const noexcept;
  /// How many there are of that name.
  std::size_t count(std::string_view name) const noexcept;

 private:
  std::string bytes_;
};

}  // namespace convert::server::http
