#!/usr/bin/python
# A function's subscription to a topic, with the queue for what could not be delivered. community.aws.sns_topic subscribes, too, but
# sets no redrive policy.

DOCUMENTATION = r"""
module: s3dr_subscription
short_description: A Lambda function's subscription to an SNS topic, with a dead letter queue
author: ["the s3dr authors"]
description:
  - Subscribes the function, names the queue of what could not be delivered, and takes away what would keep messages from it.
options:
  topic_arn: {description: The topic., type: str, required: true}
  endpoint: {description: ARN of the function., type: str, required: true}
  dead_letters: {description: ARN of the queue., type: str, required: true}
extends_documentation_fragment: [amazon.aws.common.modules, amazon.aws.region.modules, amazon.aws.boto3]
"""
EXAMPLES = r"""
- name: Subscribe a function
  s3dr_subscription:
    topic_arn: arn:aws:sns:us-west-2:111122223333:s3dr-enable_replication
    endpoint: arn:aws:lambda:us-west-2:111122223333:function:s3dr-enable_replication
    dead_letters: arn:aws:sqs:us-west-2:111122223333:s3dr-dead-letters
"""
RETURN = r"""
subscription_arn: {description: The subscription., type: str, returned: when it exists}
"""

import json

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # AnsibleAWSModule says so


def find(client, topic, endpoint):
    for page in client.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic):
        for one in page["Subscriptions"]:
            if one["Endpoint"] == endpoint and one["SubscriptionArn"].startswith("arn:"):
                return one["SubscriptionArn"]
    return None


def attributes_to_set(live, dead_letters):
    """What differs: the redrive policy, and anything that keeps messages from the function."""
    result = {}
    if json.loads(live.get("RedrivePolicy") or "{}").get("deadLetterTargetArn") != dead_letters:
        result["RedrivePolicy"] = json.dumps({"deadLetterTargetArn": dead_letters})
    if live.get("FilterPolicy", "") not in ("", "{}"):
        result["FilterPolicy"] = "{}"
    if live.get("RawMessageDelivery", "false") != "false":
        result["RawMessageDelivery"] = "false"
    return result


def main():
    module = AnsibleAWSModule(
        argument_spec={
            "topic_arn": {"type": "str", "required": True},
            "endpoint": {"type": "str", "required": True},
            "dead_letters": {"type": "str", "required": True},
        },
        supports_check_mode=True,
    )
    client = module.client("sns")
    topic, endpoint = module.params["topic_arn"], module.params["endpoint"]
    dead_letters = module.params["dead_letters"]
    try:
        arn = find(client, topic, endpoint)
        changed = arn is None
        if arn is None and not module.check_mode:
            redrive = json.dumps({"deadLetterTargetArn": dead_letters})
            arn = client.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=endpoint, ReturnSubscriptionArn=True,
                                   Attributes={"RedrivePolicy": redrive})["SubscriptionArn"]
        elif arn is not None:
            live = client.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
            for name, value in attributes_to_set(live, dead_letters).items():
                changed = True
                if not module.check_mode:
                    client.set_subscription_attributes(SubscriptionArn=arn, AttributeName=name, AttributeValue=value)
    except (BotoCoreError, ClientError) as error:
        module.fail_json_aws(error, msg="the subscription of " + endpoint + " to " + topic)
    module.exit_json(changed=changed, subscription_arn=arn)


if __name__ == "__main__":
    main()
