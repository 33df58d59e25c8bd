"""Compares values with the shapes of a service model: members known, required ones there, types, enums, patterns, lengths, ranges, and
the format of timestamps. One walk each for XML, JSON and the forms of the query protocol; what a value may be is decided once."""

import base64
import binascii
import json
import re
from functools import cache

instance_type = "{http://www.w3.org/2001/XMLSchema-instance}type"
formats = {
    "iso8601": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"),
    "rfc822": re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT"),
    "unixTimestamp": re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?"),
}
numbers = {"integer": r"-?\d+", "long": r"-?\d+", "float": r"-?\d+(\.\d+)?([eE][+-]?\d+)?", "double": r"-?\d+(\.\d+)?([eE][+-]?\d+)?"}


@cache
def compiled(pattern):
    """AWS writes patterns as Java does; None: Python cannot say it."""
    text = pattern.replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF").replace(r"\u10000-\u10FFFF", r"\U00010000-\U0010FFFF")
    for java, python in ((r"\p{L}", r"\w"), (r"\p{N}", r"\d"), (r"\p{Zs}", " "), (r"\p{Z}", r"\s"), (r"\p{Alpha}", "A-Za-z"), (r"\p{Alnum}", "A-Za-z0-9")):
        text = text.replace(java, python)
    try:
        return re.compile(text, re.DOTALL)
    except re.error:
        return None


class ValueCheck:
    """`report(place, problem, value)` is called for each fault; a place is a path of members, without indexes and keys of maps."""

    def __init__(self, shapes, report, timestamp_format):
        self.shapes = shapes
        self.report = report
        self.timestamp_format = timestamp_format

    def shape(self, member):
        return self.shapes[member["shape"]]

    # --- what a value may be ----------------------------------------------------------------------------------------

    def text(self, member, text, place, timestamp_format=None):
        """A scalar as text."""
        shape = self.shape(member)
        kind = shape["type"]
        shown = "(not shown)" if shape.get("sensitive") else text
        if kind in ("string", "character"):
            self.string(shape, text, place, shown)
        elif kind in numbers:
            if not re.fullmatch(numbers[kind], text):
                self.report(place, f"no {kind}", shown)
            else:
                self.number(shape, float(text), place)
        elif kind == "boolean":
            if text not in ("true", "false"):
                self.report(place, "no boolean", shown)
        elif kind == "timestamp":
            wanted = member.get("timestampFormat") or shape.get("timestampFormat") or timestamp_format or self.timestamp_format
            if not formats[wanted].fullmatch(text):
                self.report(place, f"no {wanted} timestamp", shown)
        elif kind == "blob":
            try:
                base64.b64decode(text, validate=True)
            except binascii.Error:
                self.report(place, "no base64", "")
        else:
            self.report(place, f"a text in the place of a {kind}", shown)

    def string(self, shape, text, place, shown):
        if "enum" in shape and text not in shape["enum"]:
            self.report(place, "not in the enum", shown)
        if not shape.get("min", 0) <= len(text) <= shape.get("max", len(text)):
            self.report(place, "its length", f"{len(text)} characters")
        if "pattern" in shape and (pattern := compiled(shape["pattern"])) and not pattern.fullmatch(text):
            self.report(place, "not of the pattern", shown)

    def number(self, shape, number, place):
        if not shape.get("min", number) <= number <= shape.get("max", number):
            self.report(place, "out of range", number)

    def count(self, shape, number, place):
        if not shape.get("min", 0) <= number <= shape.get("max", number):
            self.report(place, "its count", f"{number} members")

    def required(self, shape, seen, place, but=()):
        for name in shape.get("required", ()):
            if name not in seen and name not in but:
                self.report(f"{place}.{name}".lstrip("."), "missing", "")

    # --- JSON -------------------------------------------------------------------------------------------------------

    def json(self, member, value, place):
        shape = self.shape(member)
        kind = shape["type"]
        if kind == "structure":
            if shape.get("document"):
                return
            if isinstance(value, dict):
                self.json_structure(shape, value, place)
            else:
                self.report(place, "no object", "")
        elif kind == "list":
            if isinstance(value, list):
                self.count(shape, len(value), place)
                for one in value:
                    self.json(shape["member"], one, place)
            else:
                self.report(place, "no array", "")
        elif kind == "map":
            if isinstance(value, dict):
                self.count(shape, len(value), place)
                for key, one in value.items():
                    self.text(shape["key"], key, f"{place}.key")
                    self.json(shape["value"], one, f"{place}.value")
            else:
                self.report(place, "no object", "")
        else:
            self.json_scalar(member, shape, kind, value, place)

    def json_structure(self, shape, value, place):
        by_wire = {one.get("locationName", name): (name, one) for name, one in shape["members"].items()}
        seen = set()
        for key, one in value.items():
            inner = f"{place}.{key}".lstrip(".")
            if key not in by_wire:
                self.report(inner, "no member", one)
            elif one is not None:
                seen.add(by_wire[key][0])
                self.json(by_wire[key][1], one, inner)
        self.required(shape, seen, place)

    def json_scalar(self, member, shape, kind, value, place):
        if kind == "timestamp" and isinstance(value, (int, float)) and not isinstance(value, bool):
            wanted = member.get("timestampFormat") or shape.get("timestampFormat") or self.timestamp_format
            if wanted != "unixTimestamp":
                self.report(place, f"no {wanted} timestamp", value)
        elif kind in numbers and isinstance(value, (int, float)) and not isinstance(value, bool):
            if kind in ("integer", "long") and value != int(value):
                self.report(place, f"no {kind}", value)
            self.number(shape, value, place)
        elif kind == "boolean" and isinstance(value, bool):
            pass
        elif kind in ("string", "character", "blob", "timestamp") and isinstance(value, str):
            if kind == "timestamp":
                self.text(member | {"timestampFormat": member.get("timestampFormat") or shape.get("timestampFormat") or self.timestamp_format},
                          value, place)
            else:
                self.text(member, value, place)
        else:
            self.report(place, f"no {kind}", type(value).__name__)

    # --- XML --------------------------------------------------------------------------------------------------------

    def xml(self, member, element, place):
        """One element that is one value; flattened lists and maps are read by their parent."""
        shape = self.shape(member)
        kind = shape["type"]
        if kind == "structure":
            self.xml_structure(shape, element, place)
        elif kind == "list":
            wanted = shape["member"].get("locationName", "member")
            self.count(shape, len(element), place)
            for child in element:
                if local(child) == wanted:
                    self.xml(shape["member"], child, place)
                else:
                    self.report(f"{place}.{local(child)}", "no member", "")
        elif kind == "map":
            self.count(shape, len(element), place)
            for child in element:
                self.xml_entry(shape, child, place)
        elif len(element):
            self.report(place, f"elements in the place of a {kind}", "")
        else:
            self.text(member, element.text or "", place)

    def xml_entry(self, shape, entry, place):
        for child in entry:
            for part in ("key", "value"):
                if local(child) == shape[part].get("locationName", part):
                    self.xml(shape[part], child, f"{place}.{part}")

    def xml_structure(self, shape, element, place, but=(), ignored=()):
        by_wire = {self.xml_name(name, one): (name, one) for name, one in shape["members"].items() if not one.get("location")}
        seen = set()
        counts = {}
        for child in element:
            wire = local(child)
            inner = f"{place}.{wire}".lstrip(".")
            if wire not in by_wire:
                if wire not in ignored:
                    self.report(inner, "no member", child.text or "")
                continue
            name, one = by_wire[wire]
            inner_shape = self.shape(one)
            flat = inner_shape.get("flattened") or one.get("flattened")
            if name in seen and not flat:
                self.report(inner, "there twice", "")
            seen.add(name)
            if flat and inner_shape["type"] == "list":
                counts[name] = counts.get(name, 0) + 1
                self.xml(inner_shape["member"], child, inner)
            elif flat and inner_shape["type"] == "map":
                self.xml_entry(inner_shape, child, inner)
            else:
                self.xml(one, child, inner)
        for name, count in counts.items():
            self.count(self.shape(shape["members"][name]), count, f"{place}.{name}".lstrip("."))
        for name, one in shape["members"].items():
            if one.get("xmlAttribute") and (element.get(one["locationName"]) is not None or instance_type in element.attrib):
                seen.add(name)
                self.text(one, element.get(instance_type, ""), f"{place}.{name}".lstrip("."))
        self.required(shape, seen, place, but)

    def xml_name(self, name, member):
        shape = self.shape(member)
        if shape["type"] == "list" and (shape.get("flattened") or member.get("flattened")):
            return shape["member"].get("locationName") or member.get("locationName", name)
        return member.get("locationName", name)

    # --- forms ------------------------------------------------------------------------------------------------------

    def form(self, shape, fields, place=""):
        """`fields`: {name: text or further fields} of one structure."""
        by_wire = {}
        for name, one in shape["members"].items():
            by_wire[self.form_name(name, one)] = (name, one)
        seen = set()
        for wire, value in fields.items():
            inner = f"{place}.{wire}".lstrip(".")
            if wire not in by_wire:
                self.report(inner, "no member", value)
                continue
            name, one = by_wire[wire]
            seen.add(name)
            self.form_value(one, value, inner)
        self.required(shape, seen, place)

    def form_name(self, name, member):
        shape = self.shape(member)
        if shape["type"] == "list" and shape.get("flattened"):
            return shape["member"].get("locationName") or member.get("locationName", name)
        return member.get("locationName", name)

    def form_value(self, member, value, place):
        shape = self.shape(member)
        kind = shape["type"]
        if isinstance(value, str):
            if kind in ("list", "map", "structure"):
                if value or kind != "list":  # an empty list is its bare name
                    self.report(place, f"a text in the place of a {kind}", value)
            else:
                self.text(member, value, place)
        elif kind == "structure":
            self.form(shape, value, place)
        elif kind in ("list", "map"):
            self.form_members(shape, kind, value, place)
        else:
            self.report(place, f"members in the place of a {kind}", "")

    def form_members(self, shape, kind, value, place):
        if not shape.get("flattened"):
            wanted = shape["member"].get("locationName", "member") if kind == "list" else "entry"
            if set(value) != {wanted} or isinstance(value[wanted], str):
                self.report(place, f"no {kind}", "")
                return
            value = value[wanted]
        if sorted(value, key=lambda text: (len(text), text)) != [str(number) for number in range(1, len(value) + 1)]:
            self.report(place, "its numbers do not ascend from 1", "")
        self.count(shape, len(value), place)
        for one in value.values():
            if kind == "list":
                self.form_value(shape["member"], one, place)
            elif isinstance(one, dict):
                for part in ("key", "value"):
                    wire = shape[part].get("locationName", part)
                    if wire in one:
                        self.form_value(shape[part], one[wire], f"{place}.{part}")
                    else:
                        self.report(f"{place}.{part}", "missing", "")


def local(element):
    return element.tag.rpartition("}")[2]


def tree(fields):
    """`a.b.1` → nested maps."""
    made = {}
    for name, value in fields.items():
        at = made
        *outer, last = name.split(".")
        for part in outer:
            inner = at.setdefault(part, {})
            if isinstance(inner, str):
                inner = at[part] = {}
            at = inner
        at[last] = value
    return made


def parsed_json(body):
    """None: it is not JSON."""
    try:
        return json.loads(body)
    except ValueError:
        return None
