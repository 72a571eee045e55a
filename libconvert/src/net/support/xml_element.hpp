// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <convert/result.hpp>

namespace convert::net {

/// An element of an XML document, for the answers of S3 and STS. Attributes are dropped; so are prefixes of
/// names ("s3:Key" is "Key"), comments and processing instructions.
struct XmlElement {
  std::string name;
  std::string text;  ///< the element's own character data, decoded
  std::vector<XmlElement> children;

  /// The first child of this name; null if there is none.
  const XmlElement* child(std::string_view child_name) const;
  /// The text of the first child of this name; empty if there is none.
  std::string_view child_text(std::string_view child_name) const;
  /// The first descendant of this name in document order; null if there is none.
  const XmlElement* descendant(std::string_view descendant_name) const;
};

/// The root of a document. Refuses document types (and with them entities of the document's own), more than
/// 32 levels, and documents that are not well-formed. Errors: `io`.
Result<XmlElement> parse_xml(std::string_view document);

/// `text` with & < > " ' and control characters escaped, for the body of a request.
std::string escape_xml(std::string_view text);

/// Text of an answer for a message: at most `max_size` bytes of UTF-8 without control characters.
std::string printable_text(std::string_view text, std::size_t max_size);

}  // namespace convert::net
