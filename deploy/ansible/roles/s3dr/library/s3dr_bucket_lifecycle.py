#!/usr/bin/python
# The lifecycle rules of a bucket: these and no others. community.aws.s3_lifecycle sets one rule, leaves the others as they are and
# waits after each.

DOCUMENTATION = r"""
module: s3dr_bucket_lifecycle
short_description: Makes the lifecycle rules of a bucket what they are said to be
author: ["the s3dr authors"]
description:
  - Replaces all rules of the bucket if one differs, is missing or is too much.
options:
  name: {description: The bucket., type: str, required: true}
  account: {description: Number of the account that owns it., type: str, required: true}
  rules: {description: From the id of a rule to the rule without id and status., type: dict, required: true}
extends_documentation_fragment: [amazon.aws.common.modules, amazon.aws.region.modules, amazon.aws.boto3]
"""
EXAMPLES = r"""
- name: Reports go after 30 days
  s3dr_bucket_lifecycle:
    name: s3dr-reports-111122223333-us-west-2
    account: "111122223333"
    rules:
      s3dr-reports: {Filter: {Prefix: backfill/}, Expiration: {Days: 30}}
"""
RETURN = r"""# """

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # AnsibleAWSModule says so


def live_rules(client, bucket):
    try:
        return client.get_bucket_lifecycle_configuration(**bucket)["Rules"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchLifecycleConfiguration":
            return []
        raise


def main():
    module = AnsibleAWSModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "account": {"type": "str", "required": True},
            "rules": {"type": "dict", "required": True},
        },
        supports_check_mode=True,
    )
    client = module.client("s3")
    bucket = {"Bucket": module.params["name"], "ExpectedBucketOwner": module.params["account"]}
    wanted = [{"ID": name, "Status": "Enabled", **rule} for name, rule in sorted(module.params["rules"].items())]
    try:
        changed = sorted(live_rules(client, bucket), key=lambda rule: rule.get("ID", "")) != wanted
        if changed and not module.check_mode:
            client.put_bucket_lifecycle_configuration(LifecycleConfiguration={"Rules": wanted}, **bucket)
    except (BotoCoreError, ClientError) as error:
        if module.check_mode and getattr(error, "response", {}).get("Error", {}).get("Code") == "NoSuchBucket":
            module.exit_json(changed=True)
        module.fail_json_aws(error, msg="the lifecycle of the bucket " + module.params["name"])
    module.exit_json(changed=changed)


if __name__ == "__main__":
    main()
