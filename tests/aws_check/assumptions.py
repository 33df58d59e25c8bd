"""The assumptions that our pages mark as *not verified*, one row each. START HERE to add one: a mark in docs, a row, a question."""

import questions_buckets as buckets
import questions_events as events
import questions_jobs as jobs
from assumption import Assumption, not_reached


def only(reason):
    """For what this run cannot ask."""
    return lambda run: not_reached(reason)


assumptions = (
    Assumption("bucket-region-endpoint", "docs/protocol.md", "ListBuckets with bucket-region at another region's endpoint is 400",
               buckets.listing_of_another_region),
    Assumption("namespace-codes", "docs/protocol.md", "names of the account-regional namespace are refused with the codes we expect",
               buckets.account_regional_names),
    Assumption("single-and", "docs/protocol.md", "a lifecycle filter with an And of one condition is MalformedXML", buckets.single_and),
    Assumption("abac-tagging", "docs/protocol/bucket-settings.md", "PutBucketTagging is 400 once attribute-based access control is enabled",
               buckets.tagging_with_abac),
    Assumption("private-acl", "docs/protocol/bucket-settings.md", "PutBucketAcl with private is refused while lists are off",
               buckets.private_list_while_off),
    Assumption("setting-events", "docs/protocol/bucket-settings.md", "CloudTrail names of the settings with ids are the operations' names",
               only("needs events of four more calls; their names are in the account's event history")),
    Assumption("part-gaps", "docs/protocol.md", "partNumber counts the parts by their place, whatever their numbers were", buckets.part_gaps),
    Assumption("complete-again", "docs/protocol.md", "a repeated CompleteMultipartUpload gets its answer again, with other parts InvalidPart",
               buckets.repeated_completion),
    Assumption("refusals-to-owner", "docs/protocol.md", "which refused calls of another account the owner's trail has",
               only("needs a second account")),
    Assumption("tag-resource-event", "docs/protocol.md", "TagResource on a bucket: a source that begins with s3, and the bucket's ARN",
               events.tag_resource),
    Assumption("tag-change-event", "docs/protocol.md", "\"Tag Change on Resource\" is sent for buckets", events.tag_change),
    Assumption("empty-job", "docs/protocol.md", "a job for an empty bucket ends Failed, with the words we look for", jobs.empty_bucket),
    Assumption("seventh-job", "docs/protocol.md", "a seventh active job is refused with TooManyRequestsException", jobs.seventh_job),
    Assumption("report-keys", "docs/protocol.md", "keys are percent-encoded in the rows of a job's report", jobs.report_keys),
    Assumption("no-statuses", "docs/protocol.md", "a job's filter without statuses takes all", jobs.without_statuses),
    Assumption("marker-statuses", "docs/protocol.md", "a job's filter NONE takes delete markers that were made before the rule",
               jobs.markers_by_status),
    Assumption("input-paths", "docs/protocol/events-and-trails.md", "a path that leads nowhere is null, and empty within a text",
               events.paths_that_lead_nowhere),
    Assumption("absent-key-prefix", "docs/protocol/iam.md", "HEAD of an absent key asks s3:ListBucket with the key as s3:prefix",
               buckets.absent_key_and_prefix),
    Assumption("condition-keys", "docs/protocol/condition-keys.md", "a copy's source is told as bucket/key; an object's tags are a condition of its copy",
               buckets.condition_keys),
    Assumption("absent-bucket-account", "docs/protocol/iam.md", "aws:ResourceAccount of a bucket that does not exist is the caller's",
               buckets.account_of_an_absent_bucket),
    Assumption("replication-account", "docs/deploy.md", "aws:ResourceAccount is there when S3 replicates (nothing of ours needs it)",
               buckets.account_when_s3_replicates),
    Assumption("pending-metric-account", "docs/deploy.md", "the metric of what waits is published in the source's account",
               only("needs a second account")),
)
