#include "base/date_header.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace s3dr {
namespace {

TEST(DateHeader, EveryFormIsTheSameMoment) {
  const auto moment = from_iso8601("2007-03-27T19:36:42Z");
  ASSERT_TRUE(moment);
  for (const char* text :
       {"Tue, 27 Mar 2007 19:36:42 GMT", "Tue, 27 Mar 2007 19:36:42 -0000", "Tue, 27 Mar 2007 19:36:42 +0000",
        "Tue, 27 Mar 2007 21:36:42 +0200", "Tue, 27 Mar 2007 12:06:42 -0730", "27 Mar 2007 19:36:42 UT",
        "tue, 27 mar 2007 19:36:42 utc", "Tue, 27 Mar 07 19:36:42 Z", "Tuesday, 27-Mar-07 19:36:42 GMT",
        "Tue Mar 27 19:36:42 2007", "20070327T193642Z"})
    EXPECT_EQ(from_date_header(text), moment) << text;
  EXPECT_EQ(from_date_header("Sun Nov  6 08:49:37 1994"), from_iso8601("1994-11-06T08:49:37Z"));
  EXPECT_EQ(from_date_header("Sunday, 06-Nov-94 08:49:37 GMT"), from_iso8601("1994-11-06T08:49:37Z"));
}

TEST(DateHeader, WhatIsNoDateIsRefused) {
  for (const char* text :
       {"", "now", "27 Mar 2007", "Tue, 27 Mar 2007 19:36:42", "Tue, 27 Mar 2007 19:36:42 CEST",
        "Tue, 27 Mrz 2007 19:36:42 GMT", "Tue, 31 Feb 2007 19:36:42 GMT", "Tue, 27 Mar 2007 24:36:42 GMT",
        "Tue, 27 Mar 2007 19:60:42 GMT", "Tue, 27 Mar 2007 19:36:42 +2460",
        "Tue, 27 Mar 2007 19:36:42 GMT and more", "Tue, -7 Mar 2007 19:36:42 GMT",
        "Tue, 27 Mar 2007 19:36:42:1 GMT", "27 Tue Mar 2007 19:36:42 GMT", "20070327T193642"})
    EXPECT_EQ(from_date_header(text), std::nullopt) << text;
}

}  // namespace
}  // namespace s3dr
