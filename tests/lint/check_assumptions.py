#!/usr/bin/env python3
"""Each *not verified* in the documentation carries the id of its row in tests/aws_check/assumptions.py, and each row its mark.

Usage: tests/lint/check_assumptions.py [--root DIR]"""

import argparse
import re
import sys
from pathlib import Path

mark = re.compile(r"\*not\s+verified\*(?:\s+on\s+AWS)?(?:\s+\(`([a-z-]+)`\))?", re.IGNORECASE)
row = re.compile(r'Assumption\("([a-z-]+)",\s*"([^"]+)"')


def problems(root):
    table = dict(row.findall((root / "tests" / "aws_check" / "assumptions.py").read_text()))
    found = []
    marked = {}
    for page in sorted((root / "docs").rglob("*.md")):
        name = str(page.relative_to(root))
        for one in mark.finditer(page.read_text()):
            if one[0][1] == "N":
                continue  # the sentence that says what the mark means
            if not one[1]:
                found.append(f"{name}: a *not verified* without the id of an assumption: {one[0]!r}")
            elif table.get(one[1]) != name:
                found.append(f"{name}: *not verified* (`{one[1]}`) has no row with this page in tests/aws_check/assumptions.py")
            marked.setdefault(one[1], name)
    found += [f"tests/aws_check/assumptions.py: {name} is not marked in {page}" for name, page in table.items() if marked.get(name) != page]
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2])
    found = problems(parser.parse_args().root)
    for line in found:
        print(line)
    print(f"assumptions: {len(found)} found" if found else "assumptions: ok")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
