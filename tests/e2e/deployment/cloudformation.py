"""CloudFormation templates without CloudFormation: read, their parameters and functions resolved to values. What the resolved
resources mean to s3dr is in cloudformation_resources.py.

Not an engine: it knows the functions and attributes that deploy/cloudformation uses, and fails on any other."""

import re
from pathlib import Path

import yaml

folder = Path(__file__).resolve().parents[3] / "deploy" / "cloudformation"

nothing = object()  # AWS::NoValue


class Loader(yaml.SafeLoader):
    pass


def tagged(loader, suffix, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if suffix in ("Ref", "Condition"):
        return {suffix: value}
    if suffix == "GetAtt":
        value = value.split(".", 1)
    return {"Fn::" + suffix: value}


Loader.add_multi_constructor("!", tagged)


def load(path):
    return yaml.load(Path(path).read_text(), Loader)


class Stack:
    """A template with its parameters, in a place. `resources`: {logical id: {Type, Properties, …}}, resolved; those whose
    condition is false are left out."""

    def __init__(self, template, parameters, region, account, partition="aws"):
        self.template = template
        self.region, self.account, self.partition = region, account, partition
        self.values = {"AWS::Region": region, "AWS::AccountId": account, "AWS::Partition": partition}
        declared = template["Parameters"]
        for name in parameters:
            assert name in declared, f"there is no parameter {name}"
        for name, about in declared.items():
            value = parameters.get(name, about.get("Default"))
            assert value is not None, f"parameter {name} has no value"
            if "AllowedValues" in about:
                assert value in about["AllowedValues"], f"parameter {name}: {value}"
            if "AllowedPattern" in about:
                assert re.fullmatch(about["AllowedPattern"], value), f"parameter {name}: {value}"
            self.values[name] = value
        chosen = {logical: body for logical, body in template["Resources"].items()
                  if "Condition" not in body or self.condition(body["Condition"])}
        self.chosen = chosen
        self.resources = {logical: body | {"Properties": self.resolve(body["Properties"])} for logical, body in chosen.items()}

    def condition(self, value):
        if isinstance(value, str):
            return self.condition(self.template["Conditions"][value])
        [(function, given)] = value.items()
        if function == "Condition":
            return self.condition(given)
        if function == "Fn::Equals":
            left, right = map(self.resolve, given)
            return str(left) == str(right)  # parameters are texts to CloudFormation
        if function == "Fn::Not":
            return not self.condition(given[0])
        if function == "Fn::And":
            return all(map(self.condition, given))
        raise AssertionError(f"{function} is not known here")

    def resolve(self, value):
        if isinstance(value, list):
            return [found for found in map(self.resolve, value) if found is not nothing]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(function, given)] = value.items()
            if function == "Ref":
                return self.ref(given)
            if function.startswith("Fn::"):
                return self.call(function, given)
        found = {key: self.resolve(inner) for key, inner in value.items()}
        return {key: inner for key, inner in found.items() if inner is not nothing}

    def call(self, function, given):
        if function == "Fn::If":
            name, yes, no = given
            return self.resolve(yes if self.condition(name) else no)
        if function == "Fn::Sub":
            text, more = given if isinstance(given, list) else (given, {})
            more = {key: self.resolve(value) for key, value in more.items()}
            return re.sub(r"\$\{([^}]+)\}", lambda at: str(self.named(at[1], more)), text)
        if function == "Fn::GetAtt":
            return self.attribute(*given)
        if function == "Fn::Join":
            return given[0].join(self.resolve(given[1]))
        if function == "Fn::Split":
            return self.resolve(given[1]).split(given[0])
        raise AssertionError(f"{function} is not known here")

    def named(self, name, more):
        if name in more:
            return more[name]
        return self.attribute(*name.split(".", 1)) if "." in name else self.ref(name)

    def ref(self, name):
        if name == "AWS::NoValue":
            return nothing
        if name in self.values:
            return self.values[name]
        kind = self.of(name)["Type"]
        if kind == "AWS::SNS::Topic":
            return self.attribute(name, "TopicArn")
        if kind in ("AWS::Lambda::Function", "AWS::S3::Bucket"):
            return self.name_of(name)
        if kind == "AWS::SQS::Queue":
            return "url of " + self.name_of(name)
        raise AssertionError(f"Ref of a {kind} is not known here")

    def of(self, logical):
        assert logical in self.chosen, f"{logical} is named, and is not in the stack"
        return self.chosen[logical]

    def name_of(self, logical):
        properties = self.of(logical)["Properties"]
        return self.resolve(next(properties[key] for key in ("RoleName", "QueueName", "FunctionName", "TopicName", "BucketName")
                                 if key in properties))

    def arn(self, service, resource):
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def attribute(self, logical, attribute):
        name = self.name_of(logical)
        known = {("AWS::IAM::Role", "Arn"): f"arn:{self.partition}:iam::{self.account}:role/{name}",
                 ("AWS::SQS::Queue", "Arn"): self.arn("sqs", name),
                 ("AWS::SQS::Queue", "QueueName"): name,
                 ("AWS::Lambda::Function", "Arn"): self.arn("lambda", "function:" + name),
                 ("AWS::SNS::Topic", "TopicArn"): self.arn("sns", name),
                 ("AWS::S3::Bucket", "Arn"): f"arn:{self.partition}:s3:::{name}"}
        return known[self.of(logical)["Type"], attribute]
