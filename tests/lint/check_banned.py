#!/usr/bin/env python3
"""Calls and words that have no place here, each with what to write instead.

Code is searched with comments and literals blanked out; the words of `anywhere` are searched in every file as it is."""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from source_text import CODE_SUFFIXES, code_only, project_files, read, report


@dataclass(frozen=True)
class Rule:
    pattern: re.Pattern
    instead: str
    folders: tuple[str, ...]  # path prefixes it holds for
    except_files: tuple[str, ...] = ()  # the one place where it may stand


wall_clock = r"\bsystem_clock::now\b|(?<![\w.>:])(?:std::|::)?time\s*\(\s*(?:NULL|nullptr|0|&\w+)?\s*\)" \
             r"|\b(?:gettimeofday|clock_gettime|localtime(?:_r)?|timespec_get)\s*\("
dice = r"\brandom_device\b|\bmt19937(?:_64)?\b|\bdefault_random_engine\b|(?<![\w.>:])(?:std::|::)?s?rand\s*\(|\bgetrandom\s*\("

code_rules = (
    Rule(re.compile(wall_clock), "take a Clock& (base/clock.h)", ("src/", "tests/sim/"), ("src/base/clock.cc",)),
    Rule(re.compile(r"\bsteady_clock::now\b"), "take a Clock& and its uptime() (base/clock.h)", ("src/",), ("src/base/clock.cc",)),
    Rule(re.compile(dice), "take a Random& (base/random.h)", ("src/", "tests/sim/"), ("src/base/random.cc",)),
    Rule(re.compile(r"\bawaitable_operators\b"), "with_deadline (base/deadline.h): `||` waits for the first success",
         ("src/", "tests/", "bench/")),
    Rule(re.compile(r"\basio::detached(?:_t)?\b|\busing\s+(?:boost::)?asio::detached\b"), "a TaskGroup that is joined (base/task_group.h)",
         ("src/", "tests/", "bench/")),
    Rule(re.compile(r"\bstd::(?:format|format_to|vformat|print|println|generator)\b|\branges::to\s*<|#\s*include\s*<(?:format|print|generator)>"),
         "fmt: the oldest supported library has no such thing", ("src/", "tests/", "bench/")),
)

# Written in two parts, so that this file does not contain what it looks for.
anywhere_rules = (
    Rule(re.compile(r"\bp" + r"kill\b|\bkill" + r"all\b"), "end a process by its id", ("",)),
    Rule(re.compile(r"(?<![\w.$}{/-])/(?:wo" + r"rk|ro" + r"ot)/"), "no path of one machine", ("",)),
)


def applies(rule: Rule, path: str) -> bool:
    return path not in rule.except_files and any(path.startswith(folder) for folder in rule.folders)


def search(rules: tuple[Rule, ...], path: str, text: str) -> list[str]:
    findings = []
    for rule in rules:
        if not applies(rule, path):
            continue
        for match in rule.pattern.finditer(text):
            number = text.count("\n", 0, match.start()) + 1
            findings.append(f"{path}:{number}: `{' '.join(match.group().split())}`: {rule.instead}")
    return findings


def check(root: Path) -> list[str]:
    findings = []
    for path in project_files(root):
        raw = (root / path).read_bytes()
        if b"\0" in raw:  # not a text
            continue
        text = raw.decode("utf-8", errors="replace")
        findings += search(anywhere_rules, str(path), text)
        if path.suffix in CODE_SUFFIXES:
            findings += search(code_rules, str(path), code_only(text))
    return findings


if __name__ == "__main__":
    sys.exit(report("banned", check(Path(sys.argv[1] if len(sys.argv) > 1 else "."))))
