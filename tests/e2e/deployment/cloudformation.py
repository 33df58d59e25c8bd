"""CloudFormation templates without CloudFormation: read, their parameters and functions resolved to values. What the resolved
resources mean to s3dr is in cloudformation_resources.py.

Not an engine: it knows the functions and references that `s3dr deploy template` writes, and fails on any other."""

from pathlib import Path

import yaml

folder = Path(__file__).resolve().parents[3] / "deploy" / "cloudformation"


def read(text):
    return yaml.safe_load(text)


def load(path):
    return read(Path(path).read_text())


class Stack:
    """A template with its parameters, in a place. `resources`: {logical id: {Type, Properties, …}}, resolved; those whose
    condition is false are left out."""

    def __init__(self, template, parameters, region, account, partition="aws"):
        self.template = template
        self.region, self.account = region, account
        self.values = {}
        declared = template.get("Parameters", {})
        for name in parameters:
            assert name in declared, f"there is no parameter {name}"
        for name, about in declared.items():
            value = parameters.get(name, about.get("Default"))
            assert value is not None, f"parameter {name} has no value"
            if "AllowedValues" in about:
                assert value in about["AllowedValues"], f"parameter {name}: {value}"
            self.values[name] = value
        self.chosen = {logical: body for logical, body in template["Resources"].items()
                       if "Condition" not in body or self.condition(body["Condition"])}
        self.resources = {logical: body | {"Properties": self.resolve(body["Properties"])} for logical, body in self.chosen.items()}

    def condition(self, name):
        [(function, given)] = self.template["Conditions"][name].items()
        assert function == "Fn::Equals", f"{function} is not known here"
        left, right = map(self.resolve, given)
        return left == right

    def resolve(self, value):
        if isinstance(value, list):
            return [self.resolve(one) for one in value]
        if not isinstance(value, dict):
            return value
        if list(value) == ["Fn::If"]:
            name, yes, no = value["Fn::If"]
            return self.resolve(yes if self.condition(name) else no)
        assert not any(key.startswith("Fn::") for key in value), f"{value} is not known here"
        if list(value) == ["Ref"]:
            return self.ref(value["Ref"])
        return {key: self.resolve(inner) for key, inner in value.items()}

    def ref(self, name):
        if name in self.values:
            return self.values[name]
        assert name in self.chosen, f"{name} is named, and is not in the stack"
        body = self.chosen[name]
        if body["Type"] == "AWS::SNS::Topic":
            return f"arn:aws:sns:{self.region}:{self.account}:{body['Properties']['TopicName']}"
        if body["Type"] == "AWS::SQS::Queue":
            return "url of " + body["Properties"]["QueueName"]
        if body["Type"] == "AWS::S3::Bucket":
            return body["Properties"]["BucketName"]
        raise AssertionError(f"Ref of a {body['Type']} is not known here")
