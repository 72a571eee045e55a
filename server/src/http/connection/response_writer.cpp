// SPDX-License-Identifier: MIT
#include "http/connection/response_writer.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>
#include <exception>
#include <iterator>
#include <utility>

#include "http/content/content_sender.hpp"
#include "http/content/response_compression.hpp"
#include "http/message/field_values.hpp"
#include "http/message/http_message.hpp"

namespace convert::server::http {
namespace {

bool is_field_byte(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

void append(std::string& out, std::uint64_t number) {
  char digits[20];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), number).ptr;
  out.append(std::begin(digits), end);
}

}  // namespace

void ResponseHeadWriter::status(unsigned status) {
  if (status == 200) {  // the common case
    out_ += "HTTP/1.1 200 OK\r\n";
    return;
  }
  out_ += "HTTP/1.1 ";
  append(out_, status);
  out_ += ' ';
  out_ += reason_phrase(status);
  out_ += "\r\n";
}

bool ResponseHeadWriter::fits(std::string_view name, std::string_view value) noexcept {
  return is_token(name) && std::all_of(value.begin(), value.end(), is_field_byte);
}

void ResponseHeadWriter::field(std::string_view name, std::string_view value) {
  if (fits(name, value)) out_.append(name).append(": ").append(value).append("\r\n");
}

void ResponseHeadWriter::field(std::string_view name, std::uint64_t value) {
  out_.append(name).append(": ");
  append(out_, value);
  out_ += "\r\n";
}

namespace {

constexpr std::size_t kMaxCoalescedBytes = std::size_t{64} << 10;  // sent together with the header

bool is_valid_field(const Field& field) noexcept { return ResponseHeadWriter::fits(field.name, field.value); }

bool is_stream(const Response& response) {
  return std::holds_alternative<std::unique_ptr<ResponseStream>>(response.body);
}
bool is_content(const Response& response) { return std::holds_alternative<Content>(response.body); }

}  // namespace

/// 204, 304 (RFC 9110, 6.4.1) and responses to HEAD have no body.
bool ResponseWriter::has_body(const Response& response) const noexcept {
  return request_.method != Method::head && response.status != 204 && response.status != 304;
}

Async<bool> ResponseWriter::prepare(Response& response) {
  const bool valid = std::all_of(response.fields.begin(), response.fields.end(), is_valid_field);
  if (!valid) {
    response = problem_response(500, "internal", "Internal server error. It was logged.");
  }
  if (!is_content(response) && !is_stream(response)) add_vary_accept_encoding(response);
  const bool compressible = may_be_compressed(request_, response);
  apply_conditions(request_, response);
  if (response.status == 304 && compressible) weaken_etag(response);
  if (is_content(response)) selection_ = select_ranges(request_, response);
  if (!is_content(response) && !is_stream(response)) co_await compress(request_, response, output_.pool);
  co_return valid;
}

void ResponseWriter::write_head(const Response& response, bool close) {
  output_.buffer.clear();
  ResponseHeadWriter head(output_.buffer);
  head.status(response.status);
  for (const Field& field : response.fields) head.field(field.name, field.value);
  head.field("Date", date_);
  if (is_stream(response)) {
    // HTTP/1.0 has no chunks: closing the connection ends the body.
    if (request_.version >= 11 && has_body(response)) head.field("Transfer-Encoding", "chunked");
  } else if (response.status != 204 && response.status != 304) {
    head.field("Content-Length", is_content(response) ? selection_.length : body_text(response).size());
  }
  if (close) head.field("Connection", "close");
  head.end();
}

/// Aborts instead of closing: a slow client may never drain the kernel's buffer, and without a length a
/// normal close would look like a complete response.
ResponseWriter::Result ResponseWriter::to_result(const convert::Result<void>& written) {
  if (written) return {};
  output_.transport.abort();
  return {Outcome::disconnected, written.error().message};
}

Async<ResponseWriter::Result> ResponseWriter::send(Response& response, bool close) {
  write_head(response, close);
  if (!has_body(response)) {
    const convert::Result<void> written = co_await output_.transport.write(output_.buffer);
    co_return to_result(written);
  }
  if (const auto* source = std::get_if<std::unique_ptr<ResponseStream>>(&response.body)) {
    co_return co_await send_stream(**source);
  }
  if (const auto* content = std::get_if<Content>(&response.body)) co_return co_await send_content(*content);
  co_return co_await send_text(body_text(response));
}

Async<ResponseWriter::Result> ResponseWriter::send_text(std::string_view text) {
  const bool small = text.size() <= kMaxCoalescedBytes;
  if (small) output_.buffer.append(text);
  convert::Result<void> written = co_await output_.transport.write(output_.buffer);
  if (written && !small) written = co_await output_.transport.write(text);
  co_return to_result(written);
}

Async<ResponseWriter::Result> ResponseWriter::send_content(const Content& content) {
  ContentSender sender(output_.transport, output_.socket, output_.pool, content);
  for (const RangeSelection::Piece& piece : selection_.pieces) {
    output_.buffer += piece.part_header;
    const convert::Result<void> head_written = co_await output_.transport.write(output_.buffer);
    if (!head_written) co_return to_result(head_written);
    output_.buffer.clear();
    const convert::Result<void> sent = co_await sender.send(piece.range);
    if (!sent) {  // the body is shorter than Content-Length: abort
      output_.transport.abort();
      co_return Result{Outcome::failed, sent.error().message};
    }
  }
  output_.buffer += selection_.tail;
  const convert::Result<void> written = co_await output_.transport.write(output_.buffer);
  co_return to_result(written);
}

Async<ResponseWriter::Result> ResponseWriter::send_stream(ResponseStream& source) {
  const bool chunks = request_.version >= 11;
  std::string& text = output_.buffer;
  for (;;) {
    const convert::Result<void> written = co_await output_.transport.write(text);
    if (!written) co_return to_result(written);
    text.clear();
    const convert::Result<std::string_view> piece = co_await source.next();
    if (!piece) {
      output_.transport.abort();
      co_return Result{Outcome::failed, piece.error().message};
    }
    if (piece->empty()) break;
    if (chunks) fmt::format_to(std::back_inserter(text), "{:x}\r\n", piece->size());
    text += *piece;
    if (chunks) text += "\r\n";
  }
  if (chunks) text = "0\r\n\r\n";
  const convert::Result<void> written = co_await output_.transport.write(text);
  co_return to_result(written);
}

}  // namespace convert::server::http
