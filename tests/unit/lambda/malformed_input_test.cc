// Malformed input to each of the three handlers, through the whole invocation: one line in the log that names
// what is wrong, an acknowledgement (it would be no better next time), and not a single call to anything. The
// fuzzer tests/fuzz/lambda_event_fuzz.cc goes on from here.
#include "handling_fixture.h"

namespace s3dr::lambda {
namespace {

namespace json = boost::json;
using dr::Function;

constexpr Function all[] = {Function::source_bucket_check, Function::destination_bucket_check,
                            Function::enable_replication};

struct Malformed {
  std::string name, event;
  std::string why;  // in the line "refused", or "ignored" for what EventBridge may well send
};

std::string nested(int depth, char open, const char* middle, char close) {
  return std::string(static_cast<std::size_t>(depth), open) + middle +
         std::string(static_cast<std::size_t>(depth), close);
}
std::string record(const std::string& sns) {
  return R"({"Records":[{"EventSource":"aws:sns","Sns":)" + sns + "}]}";
}
std::string with_message(const std::string& text) {
  return record(json::serialize(json::object{{"Message", text}}));
}
std::string of_ours(const std::string& changed, const std::string& to) {
  std::string text =
      R"({"v":1,"kind":"ensure","bucket":"ledger","region":"us-west-2","account":"111122223333","correlation_id":"c1"})";
  const auto at = text.find(changed);
  if (at == std::string::npos) throw std::logic_error(changed);
  return text.replace(at, changed.size(), to);
}
std::string cloudtrail(const std::string& detail) {
  return R"({"id":"e-1","source":"aws.s3","detail-type":"AWS API Call via CloudTrail","detail":)" + detail +
         "}";
}
std::string called(const std::string& parameters) {
  return cloudtrail(
      R"({"eventSource":"s3.amazonaws.com","eventName":"PutBucketTagging","requestParameters":)" +
      parameters + "}");
}
std::string own(const std::string& type, const std::string& detail) {
  return R"({"id":"e-2","source":"s3dr","detail-type":")" + type + R"(","detail":)" + detail + "}";
}

// What no handler may choke on.
const std::vector<Malformed>& for_all() {
  static const std::vector<Malformed> table{
      {"nothing", "", "not a JSON object"},
      {"a text", "\"ledger\"", "not a JSON object"},
      {"a number", "17", "not a JSON object"},
      {"null", "null", "not a JSON object"},
      {"a list", "[]", "not a JSON object"},
      {"cut off", R"({"Records":[{"EventSource":"aws:sns")", "not a JSON object"},
      {"two documents", "{}{}", "not a JSON object"},
      {"no text at all", std::string("\xff\xfe\0\x01", 4), "not a JSON object"},
      {"deep lists", nested(5'000, '[', "", ']'), "not a JSON object"},
      {"deep objects", R"({"Records":)" + nested(40, '[', "", ']') + "}", "not a JSON object"},
      {"huge", R"({"Records":[")" + std::string(input_bytes_max, 'x') + "\"]}",
       "longer than an event may be"},
      {"an empty object", "{}", "neither a delivery of SNS nor an event of EventBridge"},
      {"records: null", R"({"Records":null})", "Records: not a list of records"},
      {"records: a text", R"({"Records":"ledger"})", "Records: not a list of records"},
      {"records: an object", R"({"Records":{"Sns":{}}})", "Records: not a list of records"},
      {"records: none", R"({"Records":[]})", "Records: not a list of records"},
      {"records: too many",
       R"({"Records":[0)" +
           [] {
             std::string more;
             for (int i = 0; i < 1'000; ++i) more += ",0";
             return more;
           }() +
           "]}",
       "Records: more than 1000"},
      {"a record: null", R"({"Records":[null]})", "Records[0]: not a delivery of SNS"},
      {"a record: a text", R"({"Records":["ledger"]})", "Records[0]: not a delivery of SNS"},
      {"a record of S3", R"({"Records":[{"eventSource":"aws:s3","s3":{"bucket":{"name":"ledger"}}}]})",
       "Records[0]: not a delivery of SNS"},
      {"a source of another type", R"({"Records":[{"EventSource":["aws:sns"],"Sns":{"Message":"x"}}]})",
       "Records[0]: not a delivery of SNS"},
      {"no Sns", R"({"Records":[{"EventSource":"aws:sns"}]})", "Records[0]: without the text Sns.Message"},
      {"Sns: a text", record("\"ledger\""), "Records[0]: without the text Sns.Message"},
      {"no message", record("{}"), "Records[0]: without the text Sns.Message"},
      {"message: null", record(R"({"Message":null})"), "Records[0]: without the text Sns.Message"},
      {"message: an object", record(R"({"Message":{"bucket":"ledger"}})"),
       "Records[0]: without the text Sns.Message"},
      {"message: empty", with_message(""), "Records[0]: message: not JSON"},
      {"message: a bare name", with_message("ledger"), "Records[0]: message: not JSON"},
      {"message: a list", with_message("[]"), "Records[0]: message:"},
      {"message: huge", with_message(std::string(dr::message_bytes_max + 1, ' ')),
       "Records[0]: message: longer than"},
      {"message: deep", with_message(nested(100, '[', "", ']')), "Records[0]: message: not JSON"},
      {"message: of an event of S3", with_message(R"({"Records":[{"s3":{}}]})"), "Records[0]: message:"},
      {"message: no version", with_message(of_ours("\"v\":1,", "")), "Records[0]: message:"},
      {"message: version 2", with_message(of_ours("\"v\":1", "\"v\":2")), "unknown version"},
      {"message: version \"1\"", with_message(of_ours("\"v\":1", "\"v\":\"1\"")), "Records[0]: message:"},
      {"message: no bucket", with_message(of_ours("\"bucket\":\"ledger\",", "")), "bucket"},
      {"message: bucket of another type", with_message(of_ours("\"ledger\"", "[\"ledger\"]")), "bucket"},
      {"message: bucket with a path", with_message(of_ours("ledger", "../ledger")), "bucket"},
      {"message: bucket too long", with_message(of_ours("ledger", std::string(256, 'a'))), "bucket"},
      {"message: unknown kind", with_message(of_ours("ensure", "delete")), "kind"},
      {"message: no region", with_message(of_ours("us-west-2", "")), "region"},
      {"message: an account of letters", with_message(of_ours("111122223333", "abcdefghijkl")), "account"},
      {"message: a line break in an id", with_message(of_ours("c1", "c\\n1")), "correlation_id"},
      {"message: one field more", with_message(of_ours("\"v\":1", "\"v\":1,\"force\":true")), "force"},
  };
  return table;
}

// What EventBridge brings: for source_bucket_check, with this reason; for the others, not at all.
const std::vector<Malformed>& for_source_bucket_check() {
  static const std::vector<Malformed> table{
      {"source: a list", R"({"source":["aws.s3"],"detail":{}})", "not a call that changes"},
      {"no detail", R"({"source":"aws.s3"})", "not a call that changes"},
      {"detail: null", cloudtrail("null"), "not a call that changes"},
      {"detail: a text", cloudtrail("\"PutBucketTagging\""), "not a call that changes"},
      {"detail: a list", cloudtrail("[]"), "not a call that changes"},
      {"name: a list", cloudtrail(R"({"eventName":["PutBucketTagging"]})"), "not a call that changes"},
      {"name: another call", cloudtrail(R"({"eventName":"GetBucketAcl"})"), "not a call that changes"},
      {"another service", cloudtrail(R"({"eventSource":"sns.amazonaws.com","eventName":"TagResource"})"),
       "another service"},
      {"a failed call", cloudtrail(R"({"eventName":"PutBucketTagging","errorCode":"AccessDenied"})"),
       "a failed call"},
      {"a failed call, oddly", cloudtrail(R"({"eventName":"PutBucketTagging","errorCode":{}})"),
       "a failed call"},
      {"no parameters", cloudtrail(R"({"eventName":"PutBucketTagging"})"), "it names no bucket"},
      {"parameters: null", called("null"), "it names no bucket"},
      {"parameters: a text", called("\"ledger\""), "it names no bucket"},
      {"bucket: null", called(R"({"bucketName":null})"), "it names no bucket"},
      {"bucket: a list", called(R"({"bucketName":["ledger"]})"), "it names no bucket"},
      {"bucket: empty", called(R"({"bucketName":""})"), "it names no bucket"},
      {"bucket: a path", called(R"({"bucketName":"../../etc"})"), "it names no bucket"},
      {"bucket: too long", called(R"({"bucketName":")" + std::string(256, 'a') + "\"}"),
       "it names no bucket"},
      {"the ARN of an object", called(R"({"resourceArn":"arn:aws:s3:::ledger/key"})"), "it names no bucket"},
      {"the ARN of a queue", called(R"({"resourceArn":"arn:aws:sqs:us-west-2:111122223333:q"})"),
       "it names no bucket"},
      {"a tag change of another service", R"({"source":"aws.tag","detail":{"service":"ec2"},"resources":[]})",
       "a tag change of another service"},
      {"a tag change of nothing", R"({"source":"aws.tag","detail":{"service":"s3"},"resources":{}})",
       "it names no bucket"},
      {"a clock that is none", R"({"source":"aws.events","detail-type":"Other"})",
       "detail-type: not Scheduled Event"},
      {"a clock of no type", R"({"source":"aws.scheduler"})", "detail-type: not Scheduled Event"},
      {"ours, of no type", R"({"source":"s3dr","detail":{}})", "neither Bucket Check nor Sweep"},
      {"ours, of another type", own("Destroy", "{}"), "neither Bucket Check nor Sweep"},
      {"a check of nothing", R"({"source":"s3dr","detail-type":"Bucket Check"})", "detail: message:"},
      {"a check: null", own("Bucket Check", "null"), "detail: message:"},
      {"a check: a bare name", own("Bucket Check", "\"ledger\""), "detail: message:"},
      {"a check: half of it", own("Bucket Check", R"({"v":1,"bucket":"ledger"})"), "detail: message:"},
      {"a check: a path", own("Bucket Check", of_ours("ledger", "a/b")), "bucket"},
      {"a sweep from nowhere", R"({"source":"s3dr","detail-type":"Sweep"})", "not a position of a sweep"},
      {"a sweep: a list", own("Sweep", "[]"), "not a position of a sweep"},
      {"a sweep: half of it", own("Sweep", R"({"v":1,"number":1})"), "not a position of a sweep"},
      {"a sweep without an end",
       own("Sweep", R"({"v":1,"number":10001,"half":"tagged","token":"","after":""})"),
       "not a position of a sweep"},
      {"a sweep with a huge token",
       own("Sweep",
           R"({"v":1,"number":1,"half":"tagged","token":")" + std::string(5'000, 't') + R"(","after":""})"),
       "not a position of a sweep"},
  };
  return table;
}

struct MalformedInput : Handling {
  MalformedInput() { ports.world.add_source(ledger, {{"dr", "true"}}); }  // a look would write

  void expect_refused(Function function, const Malformed& one, const std::string& why) {
    SCOPED_TRACE(std::string(dr::to_string(function)) + ": " + one.name);
    logged = {};
    const Reply reply = handle(function, one.event);
    EXPECT_FALSE(reply.failure);
    EXPECT_TRUE(ports.calls.empty());
    EXPECT_TRUE(bus.events.empty());
    std::size_t told = 0;
    for (const char* what : {"refused", "ignored"}) {
      for (const json::object& line : logged.with(what)) {
        EXPECT_NE(line.at("why").as_string().find(why), json::string::npos) << line.at("why");
        EXPECT_EQ(line.at("request_id").as_string(), "r-1");
        ++told;
      }
      EXPECT_EQ(result(reply).at(what).as_array().size(), logged.with(what).size());
    }
    EXPECT_GE(told, 1U) << "nothing was logged";
    for (const json::object& line : logged.lines) EXPECT_LT(json::serialize(line).size(), 4'096U);
  }
};

TEST_F(MalformedInput, is_refused_by_name_by_each_handler) {
  for (const Malformed& one : for_all()) {
    for (const Function function : all) expect_refused(function, one, one.why);
  }
}

TEST_F(MalformedInput, of_event_bridge_is_refused_by_name_and_not_taken_by_the_others) {
  for (const Malformed& one : for_source_bucket_check()) {
    const bool has_source = one.event.find(R"("source":)") != std::string::npos;
    ASSERT_TRUE(has_source) << one.name;
    expect_refused(Function::source_bucket_check, one, one.why);
    // Calls about buckets are told to destination_bucket_check as well: those of its own region.
    const json::value event = json::parse(one.event);
    const json::value* source = event.as_object().if_contains("source");
    const bool of_buckets = *source == "aws.s3" || *source == "aws.tag";
    const std::string other = "events of EventBridge are for source_bucket_check";
    expect_refused(Function::destination_bucket_check, one, of_buckets ? one.why : other);
    expect_refused(Function::enable_replication, one, other);
  }
}

// The tags an event tells of, in every shape CloudTrail writes and some that it does not: the bucket is
// looked at, what the event says of its tags is not.
TEST_F(MalformedInput, tag_sets_of_any_shape_do_not_matter) {
  ports.world.buckets.at(ledger).tags = s3::TagSet{};
  for (const std::string tags : {R"("")", "null", "{}", "[]", "17", R"({"Tag":{"Key":"dr","Value":"true"}})",
                                 R"({"Tag":[{"Key":"dr","Value":"true"},{"Key":"a"}]})", R"({"Tag":"dr"})",
                                 R"([{"Key":"dr","Value":"true"}])"}) {
    const std::string deep = tags == "[]" ? nested(20, '[', "", ']') : tags;
    const Reply reply = handle(Function::source_bucket_check,
                               called(R"({"bucketName":"ledger","Tagging":{"TagSet":)" + deep + "}}"));
    EXPECT_FALSE(reply.failure) << tags;
    EXPECT_EQ(result(reply).at("handled").at(0).at("outcome").as_string(), "nothing to do") << tags;
  }
  EXPECT_TRUE(ports.writes.empty());
}

// One good record among bad ones is handled, by each function that takes messages.
TEST_F(MalformedInput, does_not_keep_the_good_from_their_turn) {
  for (const Function function : all) {
    std::vector<std::string> texts;
    for (const char* bad : {"", "ledger", "{", "[]", R"({"v":9})"}) texts.emplace_back(bad);
    texts.push_back(message(ledger));
    const Reply reply = handle(function, delivery(texts));
    EXPECT_EQ(result(reply).at("refused").as_array().size(), 5U);
    ASSERT_EQ(result(reply).at("handled").as_array().size(), 1U);
    EXPECT_EQ(result(reply).at("handled").at(0).at("bucket").as_string(), "ledger");
  }
}

}  // namespace
}  // namespace s3dr::lambda
