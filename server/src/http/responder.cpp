// SPDX-License-Identifier: MIT
#include "http/responder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <iterator>
#include <utility>

#include "http/compression.hpp"
#include "http/content_sender.hpp"

namespace convert::server::http {
namespace {

constexpr std::size_t kSmall = std::size_t{64} << 10;  // copied behind the header, to be sent with it

bool writable(const Field& field) noexcept { return HeadWriter::fits(field.name, field.value); }

std::string_view text_of(const Response& answer) {
  if (const auto* text = std::get_if<std::string>(&answer.body)) return *text;
  const auto* shared = std::get_if<std::shared_ptr<const std::string>>(&answer.body);
  return shared == nullptr || *shared == nullptr ? std::string_view() : std::string_view(**shared);
}

bool is_source(const Response& answer) {
  return std::holds_alternative<std::unique_ptr<Source>>(answer.body);
}
bool is_content(const Response& answer) { return std::holds_alternative<Content>(answer.body); }

}  // namespace

/// 204 and 304 have none (RFC 9110, 6.4.1), neither has anything that is answered to HEAD.
bool Responder::has_body(const Response& answer) const noexcept {
  return asked_.method != Method::head && answer.status != 204 && answer.status != 304;
}

Async<bool> Responder::shape(Response& answer) {
  const bool good = std::all_of(answer.fields.begin(), answer.fields.end(), writable);
  if (!good) {
    answer = problem(500, "internal", "The server has made an answer that can't be sent. It has been noted.");
  }
  if (!is_content(answer) && !is_source(answer)) vary_by_encoding(answer);
  const bool packed = may_be_compressed(asked_, answer);
  apply_conditions(asked_, answer);
  if (answer.status == 304 && packed) weaken_tag(answer);
  if (is_content(answer)) selection_ = select(asked_, answer);
  if (!is_content(answer) && !is_source(answer)) co_await compress(asked_, answer, outlet_.pool);
  co_return good;
}

void Responder::write_head(const Response& answer, bool close) {
  outlet_.text.clear();
  HeadWriter head(outlet_.text);
  head.status(answer.status);
  for (const Field& field : answer.fields) head.field(field.name, field.value);
  head.field("Date", date_);
  if (is_source(answer)) {
    // HTTP/1.0 knows no chunks: the end of the connection is the end of the body.
    if (asked_.version >= 11 && has_body(answer)) head.field("Transfer-Encoding", "chunked");
  } else if (answer.status != 204 && answer.status != 304) {
    head.field("Content-Length", is_content(answer) ? selection_.length : text_of(answer).size());
  }
  if (close) head.field("Connection", "close");
  head.end();
}

/// Who takes too little is not left with what the kernel still holds: that may take him for ever, and where
/// no length was told, its end would look like that of the answer.
Responder::Result Responder::outcome_of(const convert::Result<void>& written) {
  if (written) return {};
  outlet_.transport.cut();
  return {Outcome::gone, written.error().message};
}

Async<Responder::Result> Responder::send(Response& answer, bool close) {
  write_head(answer, close);
  if (!has_body(answer)) {
    const convert::Result<void> written = co_await outlet_.transport.write(outlet_.text);
    co_return outcome_of(written);
  }
  if (const auto* source = std::get_if<std::unique_ptr<Source>>(&answer.body)) {
    co_return co_await send_source(**source);
  }
  if (const auto* content = std::get_if<Content>(&answer.body)) co_return co_await send_content(*content);
  co_return co_await send_text(text_of(answer));
}

Async<Responder::Result> Responder::send_text(std::string_view text) {
  const bool small = text.size() <= kSmall;
  if (small) outlet_.text.append(text);
  convert::Result<void> written = co_await outlet_.transport.write(outlet_.text);
  if (written && !small) written = co_await outlet_.transport.write(text);
  co_return outcome_of(written);
}

Async<Responder::Result> Responder::send_content(const Content& content) {
  ContentSender sender(outlet_.transport, outlet_.socket, outlet_.pool, content);
  for (const Selection::Piece& piece : selection_.pieces) {
    outlet_.text += piece.head;
    const convert::Result<void> said = co_await outlet_.transport.write(outlet_.text);
    if (!said) co_return outcome_of(said);
    outlet_.text.clear();
    const convert::Result<void> sent = co_await sender.send(piece.range);
    if (!sent) {  // too few bytes came after the length: the client has to see that
      outlet_.transport.cut();
      co_return Result{Outcome::broken, sent.error().message};
    }
  }
  outlet_.text += selection_.tail;
  const convert::Result<void> written = co_await outlet_.transport.write(outlet_.text);
  co_return outcome_of(written);
}

Async<Responder::Result> Responder::send_source(Source& source) {
  const bool chunks = asked_.version >= 11;
  std::string& text = outlet_.text;
  for (;;) {
    const convert::Result<void> written = co_await outlet_.transport.write(text);
    if (!written) co_return outcome_of(written);
    text.clear();
    const convert::Result<std::string_view> piece = co_await source.next();
    if (!piece) {
      outlet_.transport.cut();
      co_return Result{Outcome::broken, piece.error().message};
    }
    if (piece->empty()) break;
    if (chunks) fmt::format_to(std::back_inserter(text), "{:x}\r\n", piece->size());
    text += *piece;
    if (chunks) text += "\r\n";
  }
  if (chunks) text = "0\r\n\r\n";
  const convert::Result<void> written = co_await outlet_.transport.write(text);
  co_return outcome_of(written);
}

}  // namespace convert::server::http
