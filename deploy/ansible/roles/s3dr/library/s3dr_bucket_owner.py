#!/usr/bin/python
# Looks, and changes nothing: refuses a bucket of another account or in another region, because the name of such a bucket can be
# guessed and taken by anybody. amazon.aws.s3_bucket does not ask whose bucket it is.

DOCUMENTATION = r"""
module: s3dr_bucket_owner
short_description: Fails if a bucket exists and is not of the account and region it should be
author: ["the s3dr authors"]
description:
  - A bucket that does not exist is fine. Never reports a change.
options:
  name: {description: The bucket., type: str, required: true}
  account: {description: Number of the account., type: str, required: true}
extends_documentation_fragment: [amazon.aws.common.modules, amazon.aws.region.modules, amazon.aws.boto3]
"""
EXAMPLES = r"""
- name: Look before it is made
  s3dr_bucket_owner:
    name: s3dr-control-111122223333-us-east-2
    account: "111122223333"
"""
RETURN = r"""
exists: {description: Whether there is such a bucket., type: bool, returned: success}
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # AnsibleAWSModule says so


def main():
    module = AnsibleAWSModule(
        argument_spec={"name": {"type": "str", "required": True}, "account": {"type": "str", "required": True}},
        supports_check_mode=True,
    )
    name, region = module.params["name"], module.region
    client = module.client("s3")
    try:
        answer = client.head_bucket(Bucket=name, ExpectedBucketOwner=module.params["account"])
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if status == 404:
            module.exit_json(changed=False, exists=False)
        if status in (301, 403):
            module.fail_json_aws(error, msg="the bucket " + name + " is not of account " + module.params["account"] +
                                            " in " + region + "; name another one")
        module.fail_json_aws(error, msg="looking for the bucket " + name)
    except BotoCoreError as error:
        module.fail_json_aws(error, msg="looking for the bucket " + name)
    where = answer["ResponseMetadata"]["HTTPHeaders"].get("x-amz-bucket-region", region)
    if where != region:
        module.fail_json(msg="the bucket " + name + " is in " + where + ", not in " + region + "; name another one")
    module.exit_json(changed=False, exists=True)


if __name__ == "__main__":
    main()
