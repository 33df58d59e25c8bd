#!/usr/bin/env python3
"""No file of code has more than 500 lines, no folder of code more than 25 sources (a .h/.cc pair is one), and a folder of src/
with more than five files has a README.md."""

import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from source_text import project_files, read, report

lines_max = 500
files_without_readme_max = 5
sources_max = 25
counted_folders = ("src", "tests", "bench", "scripts", "cmake")
checked_suffixes = (".h", ".cc", ".py", ".sh", ".cmake")


def check(root: Path) -> list[str]:
    findings, in_folder = [], Counter()
    sources: dict[Path, set[str]] = {}
    for path in project_files(root):
        if path.parts[0] in counted_folders and path.suffix in checked_suffixes:
            sources.setdefault(path.parent, set()).add(path.stem if path.suffix in (".h", ".cc") else path.name)
        if path.parts[0] == "src" and path.name != "README.md":
            in_folder[path.parent] += 1
        script = path.parts[0] in ("scripts", ".ci") and path.suffix == ""
        if path.suffix in checked_suffixes or script:
            lines = read(root / path).count("\n")
            if lines > lines_max:
                findings.append(f"{path}: {lines} lines, {lines_max} at most: split it by idea")
    for folder, count in sorted(in_folder.items()):
        if count > files_without_readme_max and not (root / folder / "README.md").exists():
            findings.append(f"{folder}: {count} files and no README.md (what lives here, what does not, where to start)")
    for folder, names in sorted(sources.items()):
        if len(names) > sources_max:
            findings.append(f"{folder}: {len(names)} sources, {sources_max} at most: give it inner rooms")
    return findings


if __name__ == "__main__":
    sys.exit(report("sizes", check(Path(sys.argv[1] if len(sys.argv) > 1 else "."))))
