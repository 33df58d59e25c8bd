#!/usr/bin/python
# A CloudWatch alarm on one metric or on a Metrics Insights query, with tags. amazon.aws.cloudwatch_metric_alarm has no tags, takes an
# alarm on a query for changed every time (5.5 and later), and would take away the actions that people have added.

DOCUMENTATION = r"""
module: s3dr_alarm
short_description: A CloudWatch alarm on a metric or a query, above a threshold
author: ["the s3dr authors"]
description:
  - Makes the alarm what it is said to be. Its actions stay as they are, and tags that are not named.
options:
  name: {description: The alarm., type: str, required: true}
  description: {description: What to do about it., type: str, required: true}
  missing_data: {description: What a missing figure means., type: str, required: true}
  threshold: {description: It alarms above this., type: float, default: 0}
  evaluation_periods: {description: For how many periods in a row., type: int, default: 1}
  period_seconds: {description: How long a period is., type: int, default: 300}
  namespace: {description: Of the metric., type: str}
  metric: {description: Its name., type: str}
  dimensions: {description: Of the metric., type: dict}
  statistic: {description: Of the metric., type: str}
  query: {description: A Metrics Insights query in its stead., type: str}
  tags: {description: Tags it has to have., type: dict, required: true}
extends_documentation_fragment: [amazon.aws.common.modules, amazon.aws.region.modules, amazon.aws.boto3]
"""
EXAMPLES = r"""
- name: An alarm on dead letters
  s3dr_alarm:
    name: s3dr-dead-letters
    description: something could not be delivered
    missing_data: notBreaching
    namespace: AWS/SQS
    metric: ApproximateNumberOfMessagesVisible
    dimensions: {QueueName: s3dr-dead-letters}
    statistic: Maximum
    tags: {"s3dr:owner": s3dr/us-west-2/us-east-2}
"""
RETURN = r"""# """

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # AnsibleAWSModule says so

query_id = "s3dr"
kept = ("AlarmActions", "OKActions", "InsufficientDataActions", "ActionsEnabled")


def wanted_alarm(params):
    alarm = {
        "AlarmName": params["name"],
        "AlarmDescription": params["description"],
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": params["threshold"],
        "EvaluationPeriods": params["evaluation_periods"],
        "TreatMissingData": params["missing_data"],
    }
    if params["query"]:
        alarm["Metrics"] = [{"Id": query_id, "Expression": params["query"], "Period": params["period_seconds"],
                             "ReturnData": True}]
        return alarm
    alarm.update({
        "Namespace": params["namespace"],
        "MetricName": params["metric"],
        "Dimensions": [{"Name": name, "Value": value} for name, value in sorted(params["dimensions"].items())],
        "Statistic": params["statistic"],
        "Period": params["period_seconds"],
    })
    return alarm


def comparable(alarm, wanted):
    """The wanted fields as they are; and those that a metric or a query has and the other has not."""
    result = {name: alarm.get(name) for name in wanted}
    if result.get("Dimensions"):
        result["Dimensions"] = sorted(result["Dimensions"], key=lambda one: one["Name"])
    if result.get("Metrics"):
        # CloudWatch may add what was left out.
        result["Metrics"] = [{name: one.get(name) for name in wanted["Metrics"][0]} for one in result["Metrics"]]
    for name in ("Metrics", "MetricName"):
        if name not in wanted and alarm.get(name):
            result[name] = alarm[name]
    return result


def tag_list(tags):
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def make_alarm(module, client):
    wanted, check = wanted_alarm(module.params), module.check_mode
    found = client.describe_alarms(AlarmNames=[wanted["AlarmName"]], AlarmTypes=["MetricAlarm"])["MetricAlarms"]
    if not found:
        if not check:
            client.put_metric_alarm(Tags=tag_list(module.params["tags"]), **wanted)
        return True
    live = found[0]
    changed = comparable(live, wanted) != wanted
    if changed and not check:
        client.put_metric_alarm(**wanted, **{name: live[name] for name in kept if name in live})
    tags = {one["Key"]: one["Value"] for one in client.list_tags_for_resource(ResourceARN=live["AlarmArn"])["Tags"]}
    missing = {key: value for key, value in module.params["tags"].items() if tags.get(key) != value}
    if missing and not check:
        client.tag_resource(ResourceARN=live["AlarmArn"], Tags=tag_list(missing))
    return changed or bool(missing)


def main():
    module = AnsibleAWSModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "description": {"type": "str", "required": True},
            "missing_data": {"type": "str", "required": True},
            "threshold": {"type": "float", "default": 0},
            "evaluation_periods": {"type": "int", "default": 1},
            "period_seconds": {"type": "int", "default": 300},
            "namespace": {"type": "str"},
            "metric": {"type": "str"},
            "dimensions": {"type": "dict"},
            "statistic": {"type": "str"},
            "query": {"type": "str"},
            "tags": {"type": "dict", "required": True},
        },
        required_one_of=[["metric", "query"]],
        mutually_exclusive=[["metric", "query"]],
        required_by={"metric": ["namespace", "dimensions", "statistic"]},
        supports_check_mode=True,
    )
    client = module.client("cloudwatch")
    try:
        changed = make_alarm(module, client)
    except (BotoCoreError, ClientError) as error:
        module.fail_json_aws(error, msg="the alarm " + module.params["name"])
    module.exit_json(changed=changed)


if __name__ == "__main__":
    main()
