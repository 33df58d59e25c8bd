#include "cloud/store/bucket_table.h"

#include "aws/arn.h"
#include "s3/xml_bucket.h"

namespace s3dr::cloud {
namespace {

constexpr std::string_view by_name =
    "SELECT id, name, account, created_ms, versioning, tags, replication_xml FROM bucket WHERE name = ?";
constexpr std::string_view by_id =
    "SELECT id, name, account, created_ms, versioning, tags, replication_xml FROM bucket WHERE id = ?";

std::optional<BucketRow> next_row(Statement& statement) {
  if (!statement.step()) return std::nullopt;
  BucketRow row;
  row.id = statement.integer(0);
  row.name = s3::BucketName::parse(statement.text(1));
  row.account = s3::AccountId::parse(statement.text(2));
  row.created = Instant(milliseconds(statement.integer(3)));
  row.versioning = static_cast<s3::Versioning>(statement.integer(4));
  auto tags = s3::parse_tagging_header(statement.text(5));
  if (!tags) throw Error(ErrorKind::corrupt, "the tags of bucket " + row.name.text() + " cannot be read");
  row.tags = std::move(*tags);
  if (!statement.is_null(6)) row.replication = s3::parse_replication_configuration(statement.text(6));
  return row;
}

}  // namespace

std::optional<BucketRow> find_bucket(Connection& db, std::string_view name) {
  auto statement = db.prepare(by_name);
  statement.bind(name);
  return next_row(statement);
}

std::optional<BucketRow> find_bucket(Connection& db, std::int64_t id) {
  auto statement = db.prepare(by_id);
  statement.bind(id);
  return next_row(statement);
}

BucketRow require_bucket(RegionContext& region, const Request& request) {
  const auto expected_owner = request.headers.get("x-amz-expected-bucket-owner");
  if (expected_owner && !aws::is_account_id(*expected_owner)) {
    throw refuse("InvalidBucketOwnerAWSAccountID",
                 "The value of the expected bucket owner parameter must be an AWS account ID");
  }
  const auto name = s3::BucketName::parse(request.bucket_text);
  auto row = find_bucket(region.database.reader(), name.text());
  if (!row) {
    const auto owner = region.global.find_bucket(name);
    if (owner && owner->region != region.options.region) {
      throw refuse("PermanentRedirect",
                   "The bucket you are attempting to access must be addressed using the specified endpoint. "
                   "Please send all future requests to this endpoint.")
          .with_region(owner->region.text());
    }
    throw refuse("NoSuchBucket", "The specified bucket does not exist");
  }
  const bool owner_as_expected = !expected_owner || *expected_owner == row->account.text();
  if ((row->account != request.account && !request.admitted) || !owner_as_expected) {
    throw refuse("AccessDenied", "Access Denied").with_region(region.options.region.text());
  }
  return std::move(*row);
}

}  // namespace s3dr::cloud
