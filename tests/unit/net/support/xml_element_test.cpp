// SPDX-License-Identifier: MIT
#include "net/support/xml_element.hpp"

#include <gtest/gtest.h>

#include <string>

namespace convert::net {
namespace {

TEST(Xml, ParsesAnAnswerOfS3) {
  const auto root = parse_xml(
      "\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- list -->\n"
      "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\n"
      "  <Name>bucket</Name><Prefix/>\n"
      "  <Contents><Key>a&amp;b &lt;&#233;&#x1F600;&gt;</Key><Size>3</Size></Contents>\n"
      "  <s3:Contents a='>'><Key><![CDATA[c<d]]></Key ></s3:Contents>\n"
      "</ListBucketResult>\n");
  ASSERT_TRUE(root) << root.error().message;
  EXPECT_EQ(root->name, "ListBucketResult");
  EXPECT_EQ(root->child_text("Name"), "bucket");
  ASSERT_TRUE(root->child("Prefix"));
  EXPECT_EQ(root->child_text("Prefix"), "");
  EXPECT_EQ(root->child_text("Missing"), "");
  ASSERT_EQ(root->children.size(), 4U);
  EXPECT_EQ(root->children[2].child_text("Key"), "a&b <é😀>");
  EXPECT_EQ(root->children[3].name, "Contents");
  EXPECT_EQ(root->children[3].child_text("Key"), "c<d");
  ASSERT_TRUE(root->descendant("Size"));
  EXPECT_EQ(root->descendant("Size")->text, "3");
}

TEST(Xml, RefusesWhatIsNotWellFormed) {
  for (const char* const text :
       {"", "text", "<a>", "<a></b>", "<a><b></a></b>", "<a/><b/>", "<a/>text", "<a>&nbsp;</a>",
        "<a>&amp</a>", "<a>&#0;</a>", "<a>&#xD800;</a>", "<a>&#x110000;</a>", "<a><!-- </a>", "<a b='></a>",
        "< a/>", "</a>", "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", "<a><!DOCTYPE b></a>"}) {
    EXPECT_FALSE(parse_xml(text)) << text;
  }
}

TEST(Xml, RefusesDeepNesting) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "<a>";
  EXPECT_FALSE(parse_xml(text));
}

TEST(Xml, EscapedTextIsReadBack) {
  const std::string text = "a<b>&\"'\n\té";
  const auto root = parse_xml("<k>" + escape_xml(text) + "</k>");
  ASSERT_TRUE(root);
  EXPECT_EQ(root->text, text);
}

}  // namespace
}  // namespace convert::net
