// SPDX-License-Identifier: MIT
#include "net/support/xml_element.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "base/try.hpp"
#include "base/utf8.hpp"

namespace convert::net {
namespace {

constexpr int kMaxXmlDepth = 32;

Error invalid_xml(std::string_view why) {
  return Error{Errc::io, fmt::format("The server's answer is not the XML that was expected: {}.", why), true};
}

void append_utf8(std::string& text, std::uint32_t code) {
  const auto byte = [&](std::uint32_t value) { text += static_cast<char>(value); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xC0 | (code >> 6));
    byte(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    byte(0xE0 | (code >> 12));
    byte(0x80 | ((code >> 6) & 0x3F));
    byte(0x80 | (code & 0x3F));
  } else {
    byte(0xF0 | (code >> 18));
    byte(0x80 | ((code >> 12) & 0x3F));
    byte(0x80 | ((code >> 6) & 0x3F));
    byte(0x80 | (code & 0x3F));
  }
}

/// Appends what the reference between "&" and ";" stands for.
Result<void> append_reference(std::string& text, std::string_view name) {
  if (name == "amp") return text += '&', Result<void>();
  if (name == "lt") return text += '<', Result<void>();
  if (name == "gt") return text += '>', Result<void>();
  if (name == "quot") return text += '"', Result<void>();
  if (name == "apos") return text += '\'', Result<void>();
  if (!name.starts_with('#')) return invalid_xml("it has an unknown entity");
  name.remove_prefix(1);
  const bool hexadecimal = name.starts_with('x');
  if (hexadecimal) name.remove_prefix(1);
  std::uint32_t code = 0;
  const auto [end, failure] =
      std::from_chars(name.data(), name.data() + name.size(), code, hexadecimal ? 16 : 10);
  if (name.empty() || failure != std::errc() || end != name.data() + name.size() || code == 0 ||
      code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
    return invalid_xml("it has an invalid character reference");
  append_utf8(text, code);
  return {};
}

std::string_view local_name(std::string_view name) {
  const std::size_t colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

bool is_xml_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.' || c == ':' || static_cast<unsigned char>(c) >= 0x80;
  });
}

class XmlParser {
 public:
  explicit XmlParser(std::string_view document) : rest_(document) {}

  Result<XmlElement> parse() {
    if (rest_.find('\0') != std::string_view::npos) return invalid_xml("it has a zero byte");
    if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);
    CONVERT_TRY(skip_to_markup());
    if (!rest_.starts_with('<')) return invalid_xml("it has no root element");
    CONVERT_TRY_ASSIGN(XmlElement root, element(0));
    CONVERT_TRY(skip_to_markup());
    if (!rest_.empty()) return invalid_xml("it continues after its root element");
    return root;
  }

 private:
  /// Skips white space, comments and processing instructions outside of the root.
  Result<void> skip_to_markup() {
    for (;;) {
      const std::size_t text = rest_.find_first_not_of(" \t\r\n");
      rest_.remove_prefix(std::min(text, rest_.size()));
      CONVERT_TRY_ASSIGN(const bool skipped, skip_comment());
      if (!skipped) return {};
    }
  }

  /// Skips a comment or a processing instruction, if there is one here.
  Result<bool> skip_comment() {
    if (rest_.starts_with("<!--")) return take_until("-->").transform([](auto&&) { return true; });
    if (rest_.starts_with("<?")) return take_until("?>").transform([](auto&&) { return true; });
    return false;
  }

  /// The text before `mark`; goes on behind it.
  Result<std::string_view> take_until(std::string_view mark) {
    const std::size_t end = rest_.find(mark);
    if (end == std::string_view::npos) return invalid_xml("it ends early");
    const std::string_view taken = rest_.substr(0, end);
    rest_.remove_prefix(end + mark.size());
    return taken;
  }

  /// The inside of the tag that starts here. A ">" within a quoted attribute does not end it.
  Result<std::string_view> tag() {
    char quote = 0;
    for (std::size_t at = 1; at < rest_.size(); ++at) {
      const char c = rest_[at];
      if (quote != 0) {
        if (c == quote) quote = 0;
      } else if (c == '"' || c == '\'') {
        quote = c;
      } else if (c == '>') {
        const std::string_view inside = rest_.substr(1, at - 1);
        rest_.remove_prefix(at + 1);
        return inside;
      }
    }
    return invalid_xml("it ends early");
  }

  Result<XmlElement> element(int depth) {
    if (depth >= kMaxXmlDepth) return invalid_xml("its elements are nested too deeply");
    if (rest_.starts_with("<!")) return invalid_xml("it has a document type");
    CONVERT_TRY_ASSIGN(std::string_view inside, tag());
    const bool is_empty = inside.ends_with('/');
    if (is_empty) inside.remove_suffix(1);
    const std::string_view full_name = inside.substr(0, inside.find_first_of(" \t\r\n"));
    XmlElement result;
    result.name = local_name(full_name);
    if (!is_xml_name(full_name) || result.name.empty()) return invalid_xml("it has an invalid tag");
    if (!is_empty) CONVERT_TRY(content(result, full_name, depth));
    return result;
  }

  Result<void> content(XmlElement& parent, std::string_view full_name, int depth) {
    for (;;) {
      CONVERT_TRY(character_data(parent.text));
      CONVERT_TRY_ASSIGN(const bool skipped, skip_comment());
      if (skipped) continue;
      if (rest_.starts_with("<![CDATA[")) {
        rest_.remove_prefix(9);
        CONVERT_TRY_ASSIGN(const std::string_view text, take_until("]]>"));
        parent.text += text;
      } else if (rest_.starts_with("</")) {
        CONVERT_TRY_ASSIGN(std::string_view closing, tag());
        closing = closing.substr(1, closing.find_last_not_of(" \t\r\n"));
        if (closing != full_name) return invalid_xml("an element is closed by another's tag");
        return {};
      } else {
        CONVERT_TRY_ASSIGN(XmlElement inner, element(depth + 1));
        parent.children.push_back(std::move(inner));
      }
    }
  }

  /// Appends the text up to the next "<".
  Result<void> character_data(std::string& text) {
    const std::size_t end = rest_.find('<');
    if (end == std::string_view::npos) return invalid_xml("it ends early");
    std::string_view data = rest_.substr(0, end);
    rest_.remove_prefix(end);
    for (std::size_t mark = data.find('&'); mark != std::string_view::npos; mark = data.find('&')) {
      text += data.substr(0, mark);
      const std::size_t semicolon = data.find(';', mark);
      if (semicolon == std::string_view::npos) return invalid_xml("it has a \"&\" without a \";\"");
      CONVERT_TRY(append_reference(text, data.substr(mark + 1, semicolon - mark - 1)));
      data.remove_prefix(semicolon + 1);
    }
    text += data;
    return {};
  }

  std::string_view rest_;
};

}  // namespace

const XmlElement* XmlElement::child(std::string_view child_name) const {
  const auto found = std::find_if(children.begin(), children.end(),
                                  [&](const XmlElement& element) { return element.name == child_name; });
  return found == children.end() ? nullptr : &*found;
}

std::string_view XmlElement::child_text(std::string_view child_name) const {
  const XmlElement* const found = child(child_name);
  return found ? std::string_view(found->text) : std::string_view();
}

const XmlElement* XmlElement::descendant(std::string_view descendant_name) const {
  for (const XmlElement& element : children) {
    if (element.name == descendant_name) return &element;
    if (const XmlElement* const found = element.descendant(descendant_name)) return found;
  }
  return nullptr;
}

Result<XmlElement> parse_xml(std::string_view document) { return XmlParser(document).parse(); }

std::string escape_xml(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&apos;";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          result += fmt::format("&#x{:X};", static_cast<unsigned char>(c));
        } else {
          result += c;
        }
    }
  }
  return result;
}

std::string printable_text(std::string_view text, std::size_t max_size) {
  std::string shown(base::utf8_prefix(base::repair_utf8(std::string(text)), max_size));
  std::replace_if(
      shown.begin(), shown.end(), [](char letter) { return static_cast<unsigned char>(letter) < 0x20; }, ' ');
  return shown;
}

}  // namespace convert::net
