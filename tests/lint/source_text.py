"""What the checkers share: the project's files, and C++ text without its comments and literals, or with its comments only."""

import re
import subprocess
from pathlib import Path

CODE_SUFFIXES = (".h", ".cc")


def project_files(root: Path) -> list[Path]:
    """Every file of the project, relative to `root`: tracked ones and new ones git does not ignore, sorted."""
    if (root / ".git").exists():
        listing = subprocess.run(
            ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            check=True, capture_output=True).stdout
        paths = [Path(name.decode()) for name in listing.split(b"\0") if name]
    else:  # a tarball
        paths = [p.relative_to(root) for p in root.rglob("*") if "build" not in p.relative_to(root).parts]
    return sorted({p for p in paths if (root / p).is_file()})


def code_files(root: Path, *folders: str) -> list[Path]:
    return [p for p in project_files(root) if p.suffix in CODE_SUFFIXES and p.parts[0] in folders]


_TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<tag>[^(\s]*)\(.*?\)(?P=tag)"|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Fa-f])\'(?:\\.|[^\'\\\n])+\'', re.DOTALL)


def code_only(text: str) -> str:
    """The text with comments and literals replaced by blanks; line numbers stay. Include lines keep their path."""
    includes = {}
    for number, line in enumerate(text.split("\n")):
        if re.match(r"\s*#\s*include\b", line):
            includes[number] = line
    blanked = _TOKEN.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text).split("\n")
    for number, line in includes.items():
        if blanked[number].lstrip().startswith("#"):  # not an include inside a comment
            blanked[number] = line
    return "\n".join(blanked)


def comments_only(text: str) -> str:
    """The text with everything but comments replaced by blanks; line numbers stay."""
    kept = [" " if c != "\n" else c for c in text]
    for match in _TOKEN.finditer(text):
        if match.group().startswith(("//", "/*")):
            kept[match.start():match.end()] = match.group()
    return "".join(kept)


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def report(name: str, findings: list[str]) -> int:
    for finding in findings:
        print(finding)
    print(f"{name}: {'ok' if not findings else f'{len(findings)} found'}")
    return 1 if findings else 0
