"""Settings of buckets as boto3 sets and reads them: one of each kind, and how a test compares two buckets."""

import json

from botocore.exceptions import ClientError

# kind: (PUT, its parameter), the call that reads it, the element of the answer, the code that means "not set".
# Tags, versioning and replication are not among them.
calls = {
    "object_lock": ("put_object_lock_configuration", "ObjectLockConfiguration", "get_object_lock_configuration", "ObjectLockConfiguration",
                    "ObjectLockConfigurationNotFoundError"),
    "ownership_controls": ("put_bucket_ownership_controls", "OwnershipControls", "get_bucket_ownership_controls", "OwnershipControls",
                           "OwnershipControlsNotFoundError"),
    "public_access_block": ("put_public_access_block", "PublicAccessBlockConfiguration", "get_public_access_block",
                            "PublicAccessBlockConfiguration", "NoSuchPublicAccessBlockConfiguration"),
    "encryption": ("put_bucket_encryption", "ServerSideEncryptionConfiguration", "get_bucket_encryption", "ServerSideEncryptionConfiguration",
                   "ServerSideEncryptionConfigurationNotFoundError"),
    "policy": ("put_bucket_policy", "Policy", "get_bucket_policy", "Policy", "NoSuchBucketPolicy"),
    "cors": ("put_bucket_cors", "CORSConfiguration", "get_bucket_cors", "CORSRules", "NoSuchCORSConfiguration"),
    "lifecycle": ("put_bucket_lifecycle_configuration", "LifecycleConfiguration", "get_bucket_lifecycle_configuration", "Rules",
                  "NoSuchLifecycleConfiguration"),
    "website": ("put_bucket_website", "WebsiteConfiguration", "get_bucket_website", None, "NoSuchWebsiteConfiguration"),
    "logging": ("put_bucket_logging", "BucketLoggingStatus", "get_bucket_logging", "LoggingEnabled", None),
    "notification": ("put_bucket_notification_configuration", "NotificationConfiguration", "get_bucket_notification_configuration", None, None),
    "accelerate": ("put_bucket_accelerate_configuration", "AccelerateConfiguration", "get_bucket_accelerate_configuration", "Status", None),
    "request_payment": ("put_bucket_request_payment", "RequestPaymentConfiguration", "get_bucket_request_payment", "Payer", None),
    "abac": ("put_bucket_abac", "AbacStatus", "get_bucket_abac", "AbacStatus", None),
    "acl": ("put_bucket_acl", "AccessControlPolicy", "get_bucket_acl", "Grants", None),
}
# Unset by a call of its own.
deletions = {
    "ownership_controls": "delete_bucket_ownership_controls", "public_access_block": "delete_public_access_block",
    "encryption": "delete_bucket_encryption", "policy": "delete_bucket_policy", "cors": "delete_bucket_cors",
    "lifecycle": "delete_bucket_lifecycle", "website": "delete_bucket_website",
}
# Unset by what means "off".
off = {
    "object_lock": {"ObjectLockEnabled": "Enabled"}, "logging": {}, "notification": {}, "accelerate": {"Status": "Suspended"},
    "request_payment": {"Payer": "BucketOwner"}, "abac": {"Status": "Disabled"},
}
# Many configurations, each with an id.
families = {
    "intelligent_tiering": ("put_bucket_intelligent_tiering_configuration", "IntelligentTieringConfiguration",
                            "list_bucket_intelligent_tiering_configurations", "IntelligentTieringConfigurationList"),
    "analytics": ("put_bucket_analytics_configuration", "AnalyticsConfiguration", "list_bucket_analytics_configurations",
                  "AnalyticsConfigurationList"),
    "metrics": ("put_bucket_metrics_configuration", "MetricsConfiguration", "list_bucket_metrics_configurations", "MetricsConfigurationList"),
    "inventory": ("put_bucket_inventory_configuration", "InventoryConfiguration", "list_bucket_inventory_configurations",
                  "InventoryConfigurationList"),
}


def put(client, bucket, kind, document):
    if kind in families:
        call, parameter, *_ = families[kind]
        getattr(client, call)(Bucket=bucket, Id=document["Id"], **{parameter: document})
    else:
        call, parameter, *_ = calls[kind]
        getattr(client, call)(Bucket=bucket, **{parameter: json.dumps(document) if kind == "policy" else document})


def unset(client, bucket, kind):
    if kind in families:
        _, _, call, element = families[kind]
        for one in getattr(client, call)(Bucket=bucket).get(element, []):
            getattr(client, families[kind][0].replace("put_", "delete_"))(Bucket=bucket, Id=one["Id"])
    elif kind in deletions:
        getattr(client, deletions[kind])(Bucket=bucket)
    elif kind == "acl":
        client.put_bucket_acl(Bucket=bucket, ACL="private")
    else:
        put(client, bucket, kind, off[kind])


def get(client, bucket, kind):
    """What the bucket has; None: it is not set."""
    if kind in families:
        _, _, call, element = families[kind]
        return getattr(client, call)(Bucket=bucket).get(element) or None
    _, _, call, element, absent = calls[kind]
    try:
        answer = getattr(client, call)(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] == absent:
            return None
        raise
    answer.pop("ResponseMetadata")
    found = answer if element is None else answer.get(element)
    return json.loads(found) if kind == "policy" and found else found or None


def auditors(bucket, account):
    return {"Sid": "Auditors", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
            "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]}


def set_everything(client, bucket, log_bucket, account):
    """One of each kind that needs nothing else to exist but `log_bucket`, all at once. Returns {kind: document}."""
    logs_arn = f"arn:aws:s3:::{log_bucket}"
    everything = {
        "ownership_controls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        "public_access_block": {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True},
        "encryption": {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False,
                                  "BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]}}]},
        "policy": {"Version": "2012-10-17", "Statement": [auditors(bucket, account)]},
        "cors": {"CORSRules": [{"ID": "page", "AllowedMethods": ["GET"], "AllowedOrigins": ["https://example.org"], "MaxAgeSeconds": 600}]},
        "lifecycle": {"Rules": [{"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 400},
                                 "NoncurrentVersionExpiration": {"NoncurrentDays": 90}}]},
        "website": {"IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "error.html"}},
        "logging": {"LoggingEnabled": {"TargetBucket": log_bucket, "TargetPrefix": f"{bucket}/"}},
        "notification": {"EventBridgeConfiguration": {}},
        "accelerate": {"Status": "Enabled"},
        "request_payment": {"Payer": "BucketOwner"},
        "intelligent_tiering": {"Id": "cold", "Status": "Enabled", "Tierings": [{"Days": 90, "AccessTier": "ARCHIVE_ACCESS"}]},
        "analytics": {"Id": "classes", "StorageClassAnalysis": {}},
        "metrics": {"Id": "all"},
        "inventory": {"Id": "weekly", "IsEnabled": True, "IncludedObjectVersions": "All", "Schedule": {"Frequency": "Weekly"},
                      "Destination": {"S3BucketDestination": {"Bucket": logs_arn, "Format": "CSV", "AccountId": account}}},
    }
    for kind, document in everything.items():
        put(client, bucket, kind, document)
    return everything


# What somebody who holds the source may try, to reach the replica through us: {kind: document}.
def attacks(bucket, account):
    return {
        "lifecycle": {"Rules": [{"ID": "old", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1},
                                 "NoncurrentVersionExpiration": {"NoncurrentDays": 1}}]},
        "public_access_block": {"BlockPublicAcls": False, "IgnorePublicAcls": False, "BlockPublicPolicy": False, "RestrictPublicBuckets": False},
        "policy": {"Version": "2012-10-17", "Statement": [
            auditors(bucket, account),
            {"Sid": "Open", "Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]}]},
        "encryption": {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False,
                                  "BlockedEncryptionTypes": {"EncryptionType": ["NONE"]}}]},
        "ownership_controls": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]},
    }
