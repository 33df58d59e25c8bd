"""What the resources of a resolved CloudFormation stack are in the words of `s3dr deploy plan --output json`, so that both can
be compared field by field. Strict: a property, or a type, that is not translated here is an error, never passed over."""

# (kind, field) that a template cannot say, and why. deploy/cloudformation/README.md has the same table.
not_expressible = {
    ("function", "code_sha256"): "a template names the package by bucket and key",
    ("permission", "statement_id"): "CloudFormation names the statements of a function's policy itself",
}


class Untranslated(Exception):
    pass


def as_list(value):
    return sorted({str(one) for one in value} if isinstance(value, list) else {str(value)})


def normal_policy(document):
    """Like policy_document.h: single values and lists are the same, and so is a list's order."""
    def statement(given):
        result = dict(given)
        for key in ("Action", "Resource"):
            if key in result:
                result[key] = as_list(result[key])
        if "Principal" in result:
            result["Principal"] = {kind: as_list(who) for kind, who in result["Principal"].items()}
        if "Condition" in result:
            result["Condition"] = {test: {key: as_list(value) for key, value in keys.items()}
                                   for test, keys in result["Condition"].items()}
        return result
    return document | {"Statement": [statement(one) for one in document["Statement"]]}


def tags_of(given):
    return {tag["Key"]: tag["Value"] for tag in given}


class Translation:
    """`found`: {id: properties}."""

    def __init__(self, stack):
        self.stack = stack
        self.found = {}
        for logical in stack.resources:
            self.translate(logical)
        for logical in stack.resources:
            self.attach(logical)

    # --- helpers ----------------------------------------------------------------------------------------------------

    def properties(self, logical):
        return dict(self.stack.resources[logical]["Properties"])

    def key(self, kind, name):
        return f"{kind} {self.stack.region} {name}"

    def add(self, logical, kind, name, properties, left):
        if left:
            raise Untranslated(f"{logical}: {sorted(left)}")
        assert self.key(kind, name) not in self.found, f"{kind} {name} is there twice"
        self.found[self.key(kind, name)] = properties

    def one(self, given, logical, path):
        """The only value in nested mappings and lists of one, as the declaration has but one."""
        for step in path:
            if len(given) != 1:
                raise Untranslated(f"{logical}: {given}")
            given = given[step]
        return given

    # --- types that are resources of their own ------------------------------------------------------------------------

    def translate(self, logical):
        translated = {"AWS::IAM::Role": self.role, "AWS::SQS::Queue": self.queue, "AWS::Logs::LogGroup": self.log_group,
                      "AWS::S3::Bucket": self.bucket, "AWS::Lambda::Function": self.function,
                      "AWS::Lambda::EventInvokeConfig": self.event_invoke_config, "AWS::SNS::Topic": self.topic,
                      "AWS::Lambda::Permission": self.permission, "AWS::SNS::Subscription": self.subscription,
                      "AWS::Events::Rule": self.rule, "AWS::CloudWatch::Alarm": self.alarm, "AWS::CloudTrail::Trail": self.trail}
        attached = ("AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy", "AWS::S3::BucketPolicy")
        kind = self.stack.resources[logical]["Type"]
        if kind in attached:
            return
        if kind not in translated:
            raise Untranslated(f"{logical}: {kind}")
        translated[kind](logical, self.properties(logical))

    def role(self, logical, given):
        name = given.pop("RoleName")
        policies = {one["PolicyName"]: normal_policy(one["PolicyDocument"]) for one in given.pop("Policies")}
        self.add(logical, "role", name, {
            "description": given.pop("Description"), "trust": normal_policy(given.pop("AssumeRolePolicyDocument")),
            "policies": policies, "attached_policies": given.pop("ManagedPolicyArns", []), "tags": tags_of(given.pop("Tags"))}, given)

    def queue(self, logical, given):
        name = given.pop("QueueName")
        self.add(logical, "queue", name, {"retention_seconds": given.pop("MessageRetentionPeriod"),
                                          "tags": tags_of(given.pop("Tags"))}, given)

    def log_group(self, logical, given):
        name = given.pop("LogGroupName")
        self.add(logical, "log group", name, {"retention_days": given.pop("RetentionInDays"),
                                              "tags": tags_of(given.pop("Tags"))}, given)

    def bucket(self, logical, given):
        whole = self.stack.resources[logical]
        # A stack whose first creation is rolled back leaves no empty bucket that stands in the way of the next attempt.
        kept = (whole.get("DeletionPolicy"), whole.get("UpdateReplacePolicy"))
        assert kept == ("RetainExceptOnCreate", "Retain"), f"{logical}: holds records"
        name = given.pop("BucketName")
        rules = self.one(given.pop("LifecycleConfiguration"), logical, ["Rules"])
        self.add(logical, "bucket", name, {"versioning": self.one(given.pop("VersioningConfiguration"), logical, ["Status"]),
                                           "lifecycle": {one["Id"]: self.lifecycle_rule(logical, dict(one)) for one in rules},
                                           "tags": tags_of(given.pop("Tags"))}, given)

    @staticmethod
    def lifecycle_rule(logical, given):
        del given["Id"]
        rule = {name: given.pop(name) for name in ("Status", "NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload")}
        rule["Filter"] = {"Prefix": given.pop("Prefix")}
        if "ExpirationInDays" in given:
            rule["Expiration"] = {"Days": given.pop("ExpirationInDays")}
        if given:
            raise Untranslated(f"{logical}: {given}")
        return rule

    def function(self, logical, given):
        name = given.pop("FunctionName")
        code = given.pop("Code")
        assert set(code) == {"S3Bucket", "S3Key"}, code
        self.add(logical, "function", name, {
            "description": given.pop("Description"), "runtime": given.pop("Runtime"), "handler": given.pop("Handler"),
            "role": given.pop("Role"), "architecture": self.one(given.pop("Architectures"), logical, [0]),
            "memory_mib": given.pop("MemorySize"), "timeout_seconds": given.pop("Timeout"),
            "environment": self.one(given.pop("Environment"), logical, ["Variables"]), "tags": tags_of(given.pop("Tags"))}, given)

    def event_invoke_config(self, logical, given):
        assert given.pop("Qualifier") == "$LATEST"
        self.add(logical, "event invoke config", given.pop("FunctionName"), {
            "retries_max": given.pop("MaximumRetryAttempts"), "event_age_max_seconds": given.pop("MaximumEventAgeInSeconds"),
            "on_failure": self.one(given.pop("DestinationConfig"), logical, ["OnFailure", "Destination"])}, given)

    def topic(self, logical, given):
        self.add(logical, "topic", given.pop("TopicName"), {"display_name": given.pop("DisplayName"),
                                                            "tags": tags_of(given.pop("Tags"))}, given)

    def permission(self, logical, given):
        properties = {"function": given.pop("FunctionName"), "action": given.pop("Action"), "principal": given.pop("Principal"),
                      "source_arn": given.pop("SourceArn")}
        self.add(logical, "permission", permission_name(properties), properties, given)

    def subscription(self, logical, given):
        topic, endpoint = given.pop("TopicArn"), given.pop("Endpoint")
        self.add(logical, "subscription", topic.split(":")[-1] + "/" + endpoint.split(":")[-1], {
            "topic": topic, "endpoint": endpoint, "protocol": given.pop("Protocol"),
            "dead_letters": self.one(given.pop("RedrivePolicy"), logical, ["deadLetterTargetArn"])}, given)

    def rule(self, logical, given):
        properties = {"description": given.pop("Description"), "state": given.pop("State"), "tags": tags_of(given.pop("Tags")),
                      "targets": {one["Id"]: self.target(logical, dict(one)) for one in given.pop("Targets")}}
        name = given.pop("Name")
        for ours, theirs in (("event_pattern", "EventPattern"), ("schedule", "ScheduleExpression")):
            if theirs in given:
                properties[ours] = given.pop(theirs)
        self.add(logical, "rule", name, properties, given)

    @staticmethod
    def target(logical, given):
        del given["Id"]
        retry = dict(given.pop("RetryPolicy"))
        result = {"arn": given.pop("Arn"), "attempts_max": retry.pop("MaximumRetryAttempts"),
                  "event_age_max_seconds": retry.pop("MaximumEventAgeInSeconds"),
                  "dead_letters": given.pop("DeadLetterConfig")["Arn"]}
        if given or retry:
            raise Untranslated(f"{logical}: {given} {retry}")
        return result

    def alarm(self, logical, given):
        name = given.pop("AlarmName")
        properties = {"description": given.pop("AlarmDescription"), "comparison": given.pop("ComparisonOperator"),
                      "threshold": given.pop("Threshold"), "evaluation_periods": given.pop("EvaluationPeriods"),
                      "missing_data": given.pop("TreatMissingData"), "tags": tags_of(given.pop("Tags"))}
        if "Metrics" in given:
            [query] = given.pop("Metrics")
            assert set(query) == {"Id", "Expression", "Period", "ReturnData"} and query["ReturnData"] is True, query
            properties |= {"query": query["Expression"], "period_seconds": query["Period"]}
        else:
            properties |= {"namespace": given.pop("Namespace"), "metric": given.pop("MetricName"),
                           "statistic": given.pop("Statistic"), "period_seconds": given.pop("Period"),
                           "dimensions": {one["Name"]: one["Value"] for one in given.pop("Dimensions")}}
        self.add(logical, "alarm", name, properties, given)

    def trail(self, logical, given):
        name = given.pop("TrailName")
        [selector] = given.pop("EventSelectors")
        assert selector.get("IncludeManagementEvents") is True
        # CloudTrail refuses a trail of all regions without them.
        assert given.pop("IncludeGlobalServiceEvents") is given["IsMultiRegionTrail"]
        self.add(logical, "trail", name, {
            "bucket": given.pop("S3BucketName"), "multi_region": given.pop("IsMultiRegionTrail"),
            "management_events": selector["ReadWriteType"], "logging": given.pop("IsLogging"),
            "tags": tags_of(given.pop("Tags"))}, given)

    # --- policies that are a field of another resource ----------------------------------------------------------------

    def attach(self, logical):
        given = self.properties(logical)
        kind = self.stack.resources[logical]["Type"]
        if kind == "AWS::SQS::QueuePolicy":
            owner = self.key("queue", self.one(given.pop("Queues"), logical, [0]).removeprefix("url of "))
        elif kind == "AWS::SNS::TopicPolicy":
            owner = self.key("topic", self.one(given.pop("Topics"), logical, [0]).split(":")[-1])
        elif kind == "AWS::S3::BucketPolicy":
            owner = self.key("bucket", given.pop("Bucket"))
        else:
            return
        assert "policy" not in self.found[owner], f"{owner} has two policies"
        self.found[owner]["policy"] = normal_policy(given.pop("PolicyDocument"))
        if given:
            raise Untranslated(f"{logical}: {sorted(given)}")


def permission_name(properties):
    """Without the statement's id, which a template does not choose: who may be let in by what."""
    return properties["function"] + " by " + properties["source_arn"]


def declared(plan):
    """{id: properties} of a plan's JSON, without what no template can say."""
    result = {}
    for change in plan["changes"]:
        properties = {field: value for field, value in change["properties"].items()
                      if (change["kind"], field) not in not_expressible}
        key = change["id"]
        if change["kind"] == "permission":
            key = f"permission {change['region']} {permission_name(properties)}"
        assert key not in result, key
        result[key] = properties
    return result


def differences(template, declaration, path=""):
    """Every field that is not the same in both, as text: "PATH: template …, declared …"."""
    if isinstance(template, dict) and isinstance(declaration, dict):
        found = []
        for key in sorted(template.keys() | declaration.keys()):
            below = f"{path}{'.' if path else ''}{key}"
            if key not in template:
                found.append(f"{below}: not in the template")
            elif key not in declaration:
                found.append(f"{below}: in the template only")
            else:
                found += differences(template[key], declaration[key], below)
        return found
    if isinstance(template, list) and isinstance(declaration, list) and len(template) == len(declaration):
        return [line for index, pair in enumerate(zip(template, declaration)) for line in differences(*pair, f"{path}[{index}]")]
    if template == declaration and isinstance(template, bool) == isinstance(declaration, bool):
        return []
    return [f"{path}: template {template!r}, declared {declaration!r}"]
