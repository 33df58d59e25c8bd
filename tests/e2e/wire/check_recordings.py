#!/usr/bin/env python3
"""Compares the recordings in a folder with the SDK's service models and prints what was seen as JSON.

Usage: check_recordings.py [--everybody] [--keep] FOLDER…    --everybody: requests of other clients, too; --keep: the recordings stay"""

import argparse
import json
import sys
from pathlib import Path

from exchange_check import ExchangeCheck
from recording import exchanges
from service_models import version


def main():
    options = argparse.ArgumentParser(description="compares recordings with the SDK's service models")
    options.add_argument("folders", nargs="+", metavar="FOLDER", type=Path)
    options.add_argument("--everybody", action="store_true", help="check the requests of all clients, not only those of s3dr")
    options.add_argument("--keep", action="store_true", help="do not remove the recordings")
    given = options.parse_args()
    check = ExchangeCheck(given.everybody)
    for folder in given.folders:
        for path in sorted(folder.rglob("*.wire")):
            for exchange in exchanges(path):
                check.check(exchange)
            if not given.keep:
                path.unlink()
    json.dump(check.findings.as_dict() | {"models": f"botocore {version}"}, sys.stdout)


if __name__ == "__main__":
    main()
