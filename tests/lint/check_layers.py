#!/usr/bin/env python3
"""A room uses only rooms below it in the table of layers.cmake, every `#include "<room>/<file>.h"` is permitted by it, every
permitted use occurs, and docs/architecture.md has the same table in the same order. A room is a folder of src/ with sources in it: "dr", "client/s3", "cloud/services/sqs".

The page's folder table is the Markdown table with a column whose title contains "may include" or "may use": one row
for each room, its name in the first cell, the rooms it may include in that column ("nothing" for none)."""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from source_text import code_files, code_only, read, report


def read_layers(root: Path) -> dict[str, set[str]]:
    table = {}
    for name, uses in re.findall(r'^\s*"([a-z0-9_/]+):([a-z0-9_/ ]*)"', read(root / "layers.cmake"), re.MULTILINE):
        table[name] = set(uses.split())
    if not table:
        raise SystemExit("layers.cmake: no layer found")
    return table


def check_table(table: dict[str, set[str]]) -> list[str]:
    """A room uses only rooms below it in the table, so there is no circle."""
    findings, below = [], set()
    for room, uses in reversed(table.items()):
        for used in sorted(uses - below):
            findings.append(f"layers.cmake: {room} uses {used}, which is not below it in the table")
        below.add(room)
    return findings


def check_includes(root: Path, table: dict[str, set[str]]) -> list[str]:
    findings = []
    used: dict[str, set[str]] = {room: set() for room in table}
    for path in code_files(root, "src"):
        room = path.parent.relative_to("src").as_posix()
        if room not in table:
            findings.append(f"{path}: not in a folder that layers.cmake lists")
            continue
        for number, line in enumerate(code_only(read(root / path)).split("\n"), 1):
            match = re.match(r'\s*#\s*include\s*([<"])([^">]+)[">]', line)
            if not match:
                continue
            bracket, included = match.groups()
            target = included.rpartition("/")[0]
            if bracket == "<":
                if target in table and (root / "src" / included).exists():
                    findings.append(f'{path}:{number}: write "{included}" in quotes')
                continue
            if target not in table:
                findings.append(f'{path}:{number}: include "{included}" as "room/file.h"')
            elif target != room:
                used[room].add(target)
                if target not in table[room]:
                    findings.append(f"{path}:{number}: {room} may not include {target} (layers.cmake)")
    for room, uses in table.items():
        for unused in sorted(uses - used[room]):
            findings.append(f"layers.cmake: {room} may use {unused}, and no file of it does: take it out of the table")
    return findings


def page_arrows(text: str) -> dict[str, set[str]] | None:
    """The arrows of the page's folder table; None when there is no such table."""
    rows, column = {}, None
    for line in text.split("\n"):
        if not line.lstrip().startswith("|"):
            if rows:
                break
            column = None
            continue
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if column is None:
            titles = [i for i, cell in enumerate(cells) if re.search(r"may (include|use)", cell, re.IGNORECASE)]
            column = titles[0] if titles else None
        elif not set(line) <= set("|-: "):
            name = re.match(r"[`*\[]*([a-z0-9_]+(?:/[a-z0-9_]+)*)/?", cells[0])
            if name and column < len(cells):
                words = set(re.findall(r"[a-z0-9_/]+", cells[column]))
                rows[name.group(1)] = words - {"nothing", "none", "and"}
    return rows or None


def check_page(root: Path, table: dict[str, set[str]]) -> list[str]:
    page = root / "docs" / "architecture.md"
    if not page.exists():
        return []
    arrows = page_arrows(read(page))
    name = "docs/architecture.md"
    if arrows is None:
        return [f'{name}: no folder table (a Markdown table with a column "may include")']
    findings = [f"{name}: the folder table lacks {layer}" for layer in table if layer not in arrows]
    for layer, uses in arrows.items():
        if layer not in table:
            findings.append(f"{name}: the folder table has {layer}, layers.cmake has not")
        elif uses != table[layer]:
            wanted = " ".join(sorted(table[layer])) or "nothing"
            findings.append(f'{name}: {layer} may include "{" ".join(sorted(uses)) or "nothing"}" there, "{wanted}" in layers.cmake')
    if not findings and list(arrows) != list(table):
        findings = [f"{name}: the folder table has another order than layers.cmake"]
    return findings


def check(root: Path) -> list[str]:
    table = read_layers(root)
    return check_table(table) + check_includes(root, table) + check_page(root, table)


if __name__ == "__main__":
    sys.exit(report("layers", check(Path(sys.argv[1] if len(sys.argv) > 1 else "."))))
