#!/usr/bin/env python3
"""Writes a zip whose bytes depend on nothing but the names, modes and contents of its files: no dates, no user, no order
of a folder. Usage: scripts/zip.py ZIP NAME=FILE:MODE..."""

import os
import sys
import zipfile
from pathlib import Path


def write(zip_path, entries):
    """`entries`: (name in the zip, file, mode)."""
    fresh = zip_path.with_name(zip_path.name + ".new")
    with zipfile.ZipFile(fresh, "w") as archive:
        for name, file, mode in sorted(entries):
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system = 3  # Unix: the mode counts
            entry.external_attr = (0o100000 | mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, Path(file).read_bytes(), compresslevel=9)
    os.replace(fresh, zip_path)


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    entries = []
    for text in sys.argv[2:]:
        name, _, rest = text.partition("=")
        file, _, mode = rest.rpartition(":")
        entries.append((name, file, int(mode, 8)))
    write(Path(sys.argv[1]), entries)


if __name__ == "__main__":
    main()
