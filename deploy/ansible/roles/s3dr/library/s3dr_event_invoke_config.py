#!/usr/bin/python
# What becomes of a function's asynchronous invocation that fails: how often it is repeated, and where it ends. There is no module
# for it in amazon.aws or community.aws.

DOCUMENTATION = r"""
module: s3dr_event_invoke_config
short_description: Retries and failure destination of a Lambda function's asynchronous invocations
author: ["the s3dr authors"]
description:
  - Makes the event invoke configuration of a function what it is said to be.
options:
  function_name: {description: The function., type: str, required: true}
  retries_max: {description: How often a failed invocation is repeated., type: int, required: true}
  event_age_max_seconds: {description: How old an event may be., type: int, required: true}
  on_failure: {description: ARN of the queue where it ends., type: str, required: true}
extends_documentation_fragment: [amazon.aws.common.modules, amazon.aws.region.modules, amazon.aws.boto3]
"""
EXAMPLES = r"""
- name: Twice more, then to the dead letters
  s3dr_event_invoke_config:
    function_name: s3dr-source_bucket_check
    retries_max: 2
    event_age_max_seconds: 21600
    on_failure: arn:aws:sqs:us-west-2:111122223333:s3dr-dead-letters
"""
RETURN = r"""# """

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # AnsibleAWSModule says so


def live_configuration(client, name):
    try:
        live = client.get_function_event_invoke_config(FunctionName=name)
    except client.exceptions.ResourceNotFoundException:
        return None
    return {
        "MaximumRetryAttempts": live.get("MaximumRetryAttempts"),
        "MaximumEventAgeInSeconds": live.get("MaximumEventAgeInSeconds"),
        # AWS answers with an empty OnSuccess.
        "DestinationConfig": {side: where for side, where in live.get("DestinationConfig", {}).items() if where},
    }


def main():
    module = AnsibleAWSModule(
        argument_spec={
            "function_name": {"type": "str", "required": True},
            "retries_max": {"type": "int", "required": True},
            "event_age_max_seconds": {"type": "int", "required": True},
            "on_failure": {"type": "str", "required": True},
        },
        supports_check_mode=True,
    )
    client = module.client("lambda")
    wanted = {
        "MaximumRetryAttempts": module.params["retries_max"],
        "MaximumEventAgeInSeconds": module.params["event_age_max_seconds"],
        "DestinationConfig": {"OnFailure": {"Destination": module.params["on_failure"]}},
    }
    name = module.params["function_name"]
    try:
        changed = live_configuration(client, name) != wanted
        if changed and not module.check_mode:
            client.put_function_event_invoke_config(FunctionName=name, **wanted)
    except (BotoCoreError, ClientError) as error:
        module.fail_json_aws(error, msg="the event invoke configuration of " + name)
    module.exit_json(changed=changed)


if __name__ == "__main__":
    main()
