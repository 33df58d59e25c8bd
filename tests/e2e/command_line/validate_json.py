#!/usr/bin/env python3
"""Reads {"schema": …, "documents": {name: document}} and prints {name: why it is not what the schema says}, for the wrong ones.
Runs in the environment that has jsonschema."""

import json
import sys

import jsonschema

asked = json.load(sys.stdin)
jsonschema.Draft202012Validator.check_schema(asked["schema"])
validator = jsonschema.Draft202012Validator(asked["schema"])
found = {}
for name, document in asked["documents"].items():
    wrong = sorted(validator.iter_errors(document), key=lambda error: list(map(str, error.absolute_path)))
    if wrong:
        found[name] = "; ".join(f"{error.json_path}: {error.message[:300]}" for error in wrong[:5])
json.dump(found, sys.stdout)
