#!/usr/bin/python
# An EventBridge rule with its targets, their retries and dead letter queues, and its tags. amazon.aws.cloudwatchevent_rule (now
# eventbridge_rule) knows neither retry policies nor dead letters of targets, and takes such targets for changed; version 5.5 has no tags.

DOCUMENTATION = r"""
module: s3dr_event_rule
short_description: An EventBridge rule with retries and dead letters of its targets
author: ["the s3dr authors"]
description:
  - Makes a rule of the default bus and its targets what they are said to be. Targets that are not named are removed; tags that are
    not named stay.
options:
  name: {description: The rule., type: str, required: true}
  description: {description: What it is for., type: str, required: true}
  event_pattern: {description: Which events it matches., type: dict}
  schedule: {description: When it fires., type: str}
  targets:
    description: Whom it tells.
    type: list
    elements: dict
    required: true
    suboptions:
      id: {description: Name of the target within the rule., type: str, required: true}
      arn: {description: The target., type: str, required: true}
      attempts_max: {description: How often it is tried again., type: int, required: true}
      event_age_max_seconds: {description: How old an event may be., type: int, required: true}
      dead_letters: {description: ARN of the queue where it ends., type: str, required: true}
  tags: {description: Tags it has to have., type: dict, required: true}
extends_documentation_fragment: [amazon.aws.common.modules, amazon.aws.region.modules, amazon.aws.boto3]
"""
EXAMPLES = r"""
- name: A clock
  s3dr_event_rule:
    name: s3dr-sweep
    description: looks at every bucket
    schedule: rate(5 minutes)
    targets:
      - id: source_bucket_check
        arn: arn:aws:lambda:us-west-2:111122223333:function:s3dr-source_bucket_check
        attempts_max: 20
        event_age_max_seconds: 3600
        dead_letters: arn:aws:sqs:us-west-2:111122223333:s3dr-dead-letters
    tags: {"s3dr:owner": s3dr/us-west-2/us-east-2}
"""
RETURN = r"""
rule_arn: {description: The rule., type: str, returned: when it exists}
"""

import json

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # AnsibleAWSModule says so


def wanted_rule(params):
    rule = {"Name": params["name"], "Description": params["description"], "State": "ENABLED"}
    if params["event_pattern"] is not None:
        rule["EventPattern"] = params["event_pattern"]
    if params["schedule"]:
        rule["ScheduleExpression"] = params["schedule"]
    return rule


def live_rule(client, name):
    """The same fields as it is, and its ARN."""
    try:
        live = client.describe_rule(Name=name)
    except client.exceptions.ResourceNotFoundException:
        return None, None
    fields = {key: live[key] for key in ("Name", "Description", "State", "ScheduleExpression") if live.get(key)}
    if live.get("EventPattern"):
        fields["EventPattern"] = json.loads(live["EventPattern"])
    return fields, live["Arn"]


def put_rule(client, rule, tags):
    fields = dict(rule)
    if "EventPattern" in fields:
        fields["EventPattern"] = json.dumps(fields["EventPattern"])
    if tags:
        fields["Tags"] = tags
    return client.put_rule(**fields)["RuleArn"]


def wanted_targets(params):
    return {
        one["id"]: {
            "Id": one["id"],
            "Arn": one["arn"],
            "RetryPolicy": {
                "MaximumRetryAttempts": one["attempts_max"],
                "MaximumEventAgeInSeconds": one["event_age_max_seconds"],
            },
            "DeadLetterConfig": {"Arn": one["dead_letters"]},
        }
        for one in params["targets"]
    }


def live_targets(client, rule):
    pages = client.get_paginator("list_targets_by_rule").paginate(Rule=rule)
    return {one["Id"]: one for page in pages for one in page["Targets"]}


def check_entries(module, answer):
    """PutTargets and RemoveTargets answer 200 with what went wrong inside."""
    if answer.get("FailedEntryCount"):
        module.fail_json(msg="a target was refused: " + json.dumps(answer["FailedEntries"]))


def tag_list(tags):
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def make_rule(module, client):
    params, check = module.params, module.check_mode
    rule = wanted_rule(params)
    live, arn = live_rule(client, params["name"])
    changed = live != rule
    if changed and not check:
        # Tags go with a new rule only.
        arn = put_rule(client, rule, tag_list(params["tags"]) if live is None else None)
    if live is not None:
        tags = {one["Key"]: one["Value"] for one in client.list_tags_for_resource(ResourceARN=arn)["Tags"]}
        missing = {key: value for key, value in params["tags"].items() if tags.get(key) != value}
        changed = changed or bool(missing)
        if missing and not check:
            client.tag_resource(ResourceARN=arn, Tags=tag_list(missing))
    return changed, arn, live is not None


def make_targets(module, client, exists):
    name, wanted = module.params["name"], wanted_targets(module.params)
    live = live_targets(client, name) if exists or not module.check_mode else {}
    to_put = [target for key, target in wanted.items() if live.get(key) != target]
    to_remove = sorted(set(live) - set(wanted))
    if not module.check_mode:
        if to_put:
            check_entries(module, client.put_targets(Rule=name, Targets=to_put))
        if to_remove:
            check_entries(module, client.remove_targets(Rule=name, Ids=to_remove))
    return bool(to_put or to_remove)


def main():
    target = {
        "id": {"type": "str", "required": True},
        "arn": {"type": "str", "required": True},
        "attempts_max": {"type": "int", "required": True},
        "event_age_max_seconds": {"type": "int", "required": True},
        "dead_letters": {"type": "str", "required": True},
    }
    module = AnsibleAWSModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "description": {"type": "str", "required": True},
            "event_pattern": {"type": "dict"},
            "schedule": {"type": "str"},
            "targets": {"type": "list", "elements": "dict", "required": True, "options": target},
            "tags": {"type": "dict", "required": True},
        },
        required_one_of=[["event_pattern", "schedule"]],
        supports_check_mode=True,
    )
    client = module.client("events")
    try:
        changed, arn, exists = make_rule(module, client)
        changed = make_targets(module, client, exists) or changed
    except (BotoCoreError, ClientError) as error:
        module.fail_json_aws(error, msg="the rule " + module.params["name"])
    module.exit_json(changed=changed, rule_arn=arn)


if __name__ == "__main__":
    main()
