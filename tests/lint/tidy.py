#!/usr/bin/env python3
"""Runs clang-tidy over src/, in parallel, and remembers what passed.

A file is looked at again when it, a project header it includes (at any depth), its compile command, .clang-tidy or the
checker itself changed. The memory is a folder of empty files named by hash, ~/.cache/s3dr-tidy (XDG_CACHE_HOME), shared by
all check-outs as the compiler cache is; deleting it is harmless.
Units with Beast (src/http/beast_*.cc) are left out: each takes minutes.
Usage: tests/lint/tidy.py [--build DIR] [--root DIR] [--jobs N] [FILE...]"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

checker = "clang-tidy-19"
left_out = re.compile(r"src/http/beast_[^/]*\.cc$")
kept_max = 5000


def included(root: Path, path: Path, seen: set[Path]) -> None:
    """Adds `path` and every project file it includes to `seen`."""
    if path in seen:
        return
    seen.add(path)
    for name in re.findall(r'^\s*#\s*include\s*"([^"]+)"', path.read_text(errors="replace"), re.MULTILINE):
        for candidate in (root / "src" / name, path.parent / name):
            if candidate.is_file():
                included(root, candidate, seen)
                break


def key(root: Path, path: Path, command: str, fixed: bytes) -> str:
    seen: set[Path] = set()
    included(root, path, seen)
    digest = hashlib.sha256(fixed)
    digest.update(command.encode())
    for file in sorted(seen):
        digest.update(str(file.relative_to(root)).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def look(root: Path, build: Path, path: Path) -> tuple[bool, str]:
    run = subprocess.run([checker, "-p", str(build), "--quiet", str(path)], cwd=root, capture_output=True, text=True)
    return run.returncode == 0, run.stdout + ("" if run.returncode == 0 else run.stderr)


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--build", default="build/lint")
    options.add_argument("--root", default=".")
    options.add_argument("--jobs", type=int, default=os.cpu_count())
    options.add_argument("files", nargs="*")
    given = options.parse_args()
    root = Path(given.root).resolve()
    build = root / given.build
    started = time.monotonic()

    commands = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        file = Path(entry["file"])
        name = file.relative_to(root).as_posix() if file.is_relative_to(root) else ""
        if name.startswith("src/") and not left_out.search(name):
            # The compiler cache in front, and where the check-out lies, do not change what is found.
            commands[file] = entry.get("command", "").replace(str(root), "")
    if given.files:
        wanted = {(root / name).resolve() for name in given.files}
        commands = {file: command for file, command in commands.items() if file in wanted}
    if not commands:
        print("clang-tidy: no file to look at")
        return 1

    version = subprocess.run([checker, "--version"], check=True, capture_output=True).stdout
    fixed = version + (root / ".clang-tidy").read_bytes()
    memory = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "s3dr-tidy"
    memory.mkdir(parents=True, exist_ok=True)
    keys = {file: key(root, file, command, fixed) for file, command in commands.items()}
    todo = sorted(file for file in commands if not (memory / keys[file]).exists())

    failed = 0
    with concurrent.futures.ThreadPoolExecutor(given.jobs) as pool:
        looks = {pool.submit(look, root, build, file): file for file in todo}
        for done in concurrent.futures.as_completed(looks):
            clean, text = done.result()
            if clean:
                (memory / keys[looks[done]]).touch()
            else:
                failed += 1
                print(text.replace(f"{root}/", ""), flush=True)

    kept = sorted(memory.iterdir(), key=lambda entry: entry.stat().st_mtime)
    for old in kept[:-kept_max]:
        old.unlink()
    seconds = time.monotonic() - started
    print(f"clang-tidy: {len(todo)} of {len(commands)} files looked at in {seconds:.0f} s, {f'{failed} failed' if failed else 'ok'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
