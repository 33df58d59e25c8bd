#include "aws/xml.h"

#include <gtest/gtest.h>

#include "unit/s3/refusal.h"

namespace s3dr::aws::xml {
namespace {

using s3::malformed;
using s3::refusal_of;

std::string text_of(std::string_view document) {
  const Document parsed(document);
  return text(parsed.any_root());
}

std::string nested(int levels) {
  std::string result;
  for (int i = 0; i < levels; ++i) result += "<a>";
  for (int i = 0; i < levels; ++i) result += "</a>";
  return result;
}

TEST(Xml, RefusesWhatIsNotOneCleanDocument) {
  const std::string bad[] = {
      "",
      " ",
      "text",
      "<a>",
      "<a></b>",
      "<a",
      "<a b='c'",
      "</a>",
      "<a/><b/>",
      "x<a/>",
      "<a/>x",
      "<![CDATA[x]]><a/>",
      std::string("<a>\0</a>", 8),
      std::string("<\0a/>", 5),
      "<!DOCTYPE a><a/>",
      "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
      "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
      "<!doctype a><a/>",
      "<a><?php x?></a>",
      "<?xml-stylesheet href='x'?><a/>",
      "<a/><?xml version='1.0'?>",
      "<a><?xml version='1.0'?></a>",
      "\xFF\xFE<\0a\0/\0>\0",
      nested(depth_max + 1),
      nested(100'000),
  };
  for (const std::string& document : bad) {
    EXPECT_EQ(refusal_of([&] { text_of(document); }), malformed) << document.substr(0, 80);
  }
}

TEST(Xml, RefusesReferencesThatMeanNothing) {
  for (const char* reference : {"&b;", "&", "&amp", "&#;", "&#x;", "&#xZZ;", "&#-1;", "&#x110000;",
                                "&#xD800;", "&#99999999999999999999;", "&AMP;", "& amp;", "&#X1;"}) {
    EXPECT_EQ(refusal_of([&] { text_of(std::string("<a>") + reference + "</a>"); }), malformed) << reference;
  }
}

TEST(Xml, AcceptsWhatRealStoresSend) {
  EXPECT_EQ(text_of("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a>x</a>\n"), "x");
  EXPECT_EQ(text_of("  \n<?xml version=\"1.0\"?>\n \n<a>x</a>"), "x");  // blanks that keep a connection alive
  EXPECT_EQ(text_of("\xEF\xBB\xBF<a>x</a>"), "x");
  EXPECT_EQ(text_of("<!-- c --><a>x<!-- c -->y</a>"), "xy");
  EXPECT_EQ(text_of("<a>1<![CDATA[<&amp;>]]>2&lt;&gt;&amp;&quot;&apos;</a>"), "1<&amp;>2<>&\"'");
  EXPECT_EQ(text_of("<a> </a>"), " ");
  EXPECT_EQ(text_of("<a>\r\n</a>"), "\r\n");
  EXPECT_EQ(text_of("<a>&#0;&#x1;&#13;&#xD;&#x20AC;&#xfffe;</a>"),
            std::string("\0\x01\r\r\xE2\x82\xAC\xEF\xBF\xBE", 10));
  EXPECT_EQ(text_of("<a>\xff</a>"), "\xff");
  EXPECT_EQ(refusal_of([] { text_of(nested(depth_max)); }), "accepted");
}

TEST(Xml, NamesAreComparedWithoutPrefix) {
  const Document document("<s3:a xmlns:s3='u'><s3:b>1</s3:b><b>2</b></s3:a>");
  EXPECT_EQ(child_text(document.root("a"), "b"), "1");
  EXPECT_EQ(refusal_of([&] { document.root("x"); }), malformed);
  EXPECT_EQ(refusal_of([&] { required_child(document.any_root(), "c"); }), malformed);
}

TEST(Xml, EscapesEveryByteThatXmlCannotHold) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  all += "\xEF\xBF\xBE\xEF\xBF\xBF\xEF\xBF\xBD\xEF";
  std::string escaped;
  append_escaped(escaped, all);
  EXPECT_EQ(escaped.substr(0, 15), "&#x0;&#x1;&#x2;");
  EXPECT_NE(escaped.find("&#xc;&#13;&#xe;"), std::string::npos);
  EXPECT_NE(escaped.find("&#x1f; !&quot;#$%&amp;'"), std::string::npos);
  EXPECT_NE(escaped.find("&#xfffe;&#xffff;\xEF\xBF\xBD\xEF"), std::string::npos);
  for (const char c : escaped) EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20);
  EXPECT_EQ(text_of("<a>" + escaped + "</a>"), all);
}

TEST(Xml, OuterXmlStandsOnItsOwn) {
  const Document document(
      "<r xmlns='d' xmlns:p='u' xmlns:q='v'><p:x k='a\"b' p:l='&lt;'>1<y/><![CDATA[<]]></p:x></r>");
  EXPECT_EQ(outer_xml(child(document.any_root(), "x")),
            "<p:x xmlns:p=\"u\" k=\"a&quot;b\" p:l=\"&lt;\">1<y/>&lt;</p:x>");
}

TEST(Xml, TypedTexts) {
  const Document twelve("<a> 12 </a>");
  EXPECT_EQ(number<int>(twelve.any_root()), 12);
  for (const char* bad : {"", "x", "1x", "1 2", "99999999999", "0x1", "+1", "1.5"}) {
    const Document document = Document(std::string("<a>") + bad + "</a>");
    EXPECT_EQ(refusal_of([&] { number<int>(document.any_root()); }), malformed) << bad;
    EXPECT_EQ(refusal_of([&] { boolean(document.any_root()); }), malformed) << bad;
    EXPECT_EQ(refusal_of([&] { instant(document.any_root()); }), malformed) << bad;
  }
}

}  // namespace
}  // namespace s3dr::aws::xml
