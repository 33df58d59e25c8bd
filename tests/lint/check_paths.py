#!/usr/bin/env python3
"""A path that a comment or a page names leads to a file.

A path is a folder and a file with the ending .h, .cc, .py or .md. It is looked for in src/, tests/, the folder of the file that names
it, and every folder above that. In the code of src/, a name without a folder must be that of a file in the same folder. `*` and
`<name>` stand for anything. Read are the comments of code, scripts and build files, docstrings, and every page except CHANGELOG.md,
because it names old paths."""

import ast
import io
import re
import sys
import tokenize
from fnmatch import fnmatchcase
from pathlib import Path, PurePath, PurePosixPath

sys.path.insert(0, str(Path(__file__).parent))
from source_text import CODE_SUFFIXES, comments_only, project_files, read, report

_URL = re.compile(r"\w+://\S+")
_PATH = re.compile(r"(?<![\w./~$}-])(?:[\w.*<>-]+/)+[\w.*<>-]+\.(?:h|cc|py|md)(?![\w*-])")
_BARE_NAME = re.compile(r"(?<![\w./<>*~$}-])[\w*<>-]+\.(?:h|cc)(?![\w*/-])")
_HASH_COMMENT = re.compile(r"(?:^|\s)#(?!!).*")


def python_comments(text: str) -> list[tuple[int, str]]:
    """The comments and docstrings, each with its line."""
    found = [(token.start[0], token.string)
             for token in tokenize.generate_tokens(io.StringIO(text).readline) if token.type == tokenize.COMMENT]
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and ast.get_docstring(node):
            first = node.body[0]
            found += [(first.lineno + i, line) for i, line in enumerate(first.value.value.split("\n"))]
    return found


def told(path: Path, text: str) -> list[tuple[int, str]]:
    """What the file says to people, line by line."""
    if path.suffix in CODE_SUFFIXES:
        return list(enumerate(comments_only(text).split("\n"), 1))
    if path.suffix == ".py":
        return python_comments(text)
    if path.suffix == ".md":
        return list(enumerate(text.split("\n"), 1))
    return [(number, match.group()) for number, line in enumerate(text.split("\n"), 1) for match in [_HASH_COMMENT.search(line)] if match]


def is_looked_at(path: Path) -> bool:
    if path.suffix == ".md":
        return path.name != "CHANGELOG.md"
    script = path.parts[0] in ("scripts", ".ci") and path.suffix == ""
    return path.suffix in (*CODE_SUFFIXES, ".py", ".sh", ".cmake") or path.name in ("CMakeLists.txt", "Makefile") or script


def normal(path: PurePath) -> str:
    parts: list[str] = []
    for part in path.parts:
        if part == ".." and parts:
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def any_name(text: str) -> str:
    return re.sub(r"<[\w-]+>", "*", text)


def exists(wanted: str, names: set[str]) -> bool:
    return wanted in names or ("*" in wanted and any(fnmatchcase(name, wanted) for name in names))


def check(root: Path) -> list[str]:
    files = project_files(root)
    names = {path.as_posix() for path in files}
    findings = []
    for path in filter(is_looked_at, files):
        beside = path.parts[0] == "src" and path.suffix in CODE_SUFFIXES
        bases = [PurePosixPath(base) for base in ("src", "tests", *path.parents)]
        for number, line in told(path, read(root / path)):
            line = _URL.sub(" ", line)
            for match in _PATH.finditer(line):
                if not any(exists(normal(base / any_name(match.group())), names) for base in bases):
                    findings.append(f"{path}:{number}: {match.group()} is no file")
            for match in _BARE_NAME.finditer(line) if beside else ():
                if not exists(normal(path.parent / any_name(match.group())), names):
                    findings.append(f"{path}:{number}: {match.group()} is not in this folder: name it with its folder")
    return findings


if __name__ == "__main__":
    sys.exit(report("paths", check(Path(sys.argv[1] if len(sys.argv) > 1 else "."))))
