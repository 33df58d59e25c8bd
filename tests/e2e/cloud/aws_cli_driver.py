"""The aws cli, many commands in one process: starting it takes longer than most of what it is asked for. Its own driver parses
the words, signs and prints; only the interpreter stays.

One command a line on the input, as a JSON list of words; one answer a line: {"code", "out", "err"}."""

import contextlib
import io
import json
import sys

from awscli.clidriver import create_clidriver

for line in sys.stdin:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = create_clidriver().main(json.loads(line))
        except SystemExit as ended:  # wrong usage
            code = ended.code
    print(json.dumps({"code": code, "out": out.getvalue(), "err": err.getvalue()}), flush=True)
