#!/usr/bin/env python3
"""Is AWS as docs/protocol.md says? Deploys s3dr under a prefix of its own into a test account, protects a scratch bucket, asks what nobody has
seen yet, and removes everything again.

Examples:
  make aws-check ARGS="--profile test --source-region us-west-2 --destination-region us-east-2"
  make aws-check ARGS="--clean-up s3drchk-1a2b3c"      what a run that was killed has left
  make aws-check ARGS="--list"                         the assumptions, without asking

Exit: 0 all went well, no assumption refuted · 1 a step failed, or something was left behind · 2 usage · 3 an assumption was refuted."""

import argparse
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

here = Path(__file__).resolve().parent
sys.path[1:1] = [str(here.parent / "e2e" / "support")]

import pypi  # noqa: E402

# List prices of us-east-1 in USD, read in 2026. An estimate: prices change, and other regions differ.
costs = (("three batch replication jobs of the questions and one of the backfill", 4 * 0.25),
         ("objects, requests and transfer of some kilobytes", 0.01),
         ("functions, queues, topics, events", 0.01),
         ("nine alarms and the replication metrics for an hour", 0.01))
cost_of_seven_jobs = 7 * 0.25


def arguments():
    parser = argparse.ArgumentParser(prog="make aws-check", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source-region", default="us-west-2")
    parser.add_argument("--destination-region", default="us-east-2")
    parser.add_argument("--profile", default="", help="AWS profile of the test account; else the environment's credentials")
    parser.add_argument("--destination-profile", default="", help="another profile for the destination region, of the same account")
    parser.add_argument("--package", default="", help="the zip for Lambda (make package); needed on AWS")
    parser.add_argument("--yes", action="store_true", help="do not ask; the cost is said all the same")
    parser.add_argument("--expensive", action="store_true", help="also what costs more than a dollar")
    parser.add_argument("--patience", type=int, default=1200, metavar="SECONDS", help="how long to wait for an event or a job (1200)")
    parser.add_argument("--clean-up", metavar="PREFIX", help="remove what that run has left, and end")
    parser.add_argument("--list", action="store_true", help="print the assumptions, and end")
    parser.add_argument("--endpoint", action="append", default=[], metavar="REGION=URL", help="a stand-in for AWS, for both regions")
    parser.add_argument("--ca", default="", help="authorities of the stand-in's certificates")
    return parser.parse_args()


def in_the_right_python():
    """Goes on in an interpreter that has boto3."""
    if os.environ.get("S3DR_CHECK_PYTHON") == sys.executable:
        return
    why_not = pypi.clients.make()
    if why_not:
        sys.exit(f"aws-check: boto3 is needed: {why_not}")
    python = str(pypi.clients.python)
    os.execve(python, [python, str(Path(__file__).resolve()), *sys.argv[1:]],
              os.environ | {"S3DR_CHECK_PYTHON": python, "PYTHONDONTWRITEBYTECODE": "1"})


class Steps:
    """Says what is being done, and how it ended."""

    def __init__(self):
        self.failed = []

    def say(self, text):
        print(f"  {text}", flush=True)

    def run(self, what, call, *given):
        started = time.monotonic()
        print(f"· {what}", flush=True)
        said = call(*given)
        print(f"    {said} ({time.monotonic() - started:.1f} s)", flush=True)


def confirm(options, account, without_asking):
    print(f"account {account}, {options.source_region} → {options.destination_region}")
    total = 0.0
    for what, price in costs + ((("seven jobs at once", cost_of_seven_jobs),) if options.expensive else ()):
        total += price
        print(f"  about {price:5.2f} USD  {what}")
    print(f"  about {total:5.2f} USD  in all. An estimate from list prices. Everything that is made is removed at the end.")
    if without_asking:
        return True
    print("Type the account's number to go on: ", end="", flush=True)
    return sys.stdin.readline().strip() == account


def parse_options(given):
    from run import Options
    endpoints = dict(one.split("=", 1) for one in given.endpoint)
    wanted = {given.source_region, given.destination_region}
    if len(wanted) != 2:
        sys.exit("aws-check: --source-region and --destination-region are the same")
    if endpoints and set(endpoints) != wanted:
        sys.exit("aws-check: --endpoint is needed for both regions, or for none")
    if not endpoints and not given.package and not given.clean_up:
        print("aws-check: --package is needed on AWS: make package", file=sys.stderr)
        sys.exit(2)
    return Options(given.source_region, given.destination_region, given.profile, given.destination_profile, endpoints, given.ca,
                   given.package, given.patience, given.expensive)


def clean_up(run, say):
    """Whatever was told to end before may not end this: what is left behind costs money."""
    import removal
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signal_number, lambda *_: print(f"  removing; to end it anyway: kill -9 {os.getpid()}, and later "
                                                      f"--clean-up {run.prefix}", flush=True))
    print(f"· removing everything that begins with {run.prefix}", flush=True)
    remaining = removal.remove(run, say)
    print("    nothing is left" if not remaining else "    LEFT BEHIND:\n      " + "\n      ".join(remaining), flush=True)
    return remaining


def clean_up_earlier(steps):
    """Runs that were killed: their notes are still there."""
    from run import Run, notes
    for note in sorted(notes.glob("*/run.json")):
        run = Run.of_note(note)
        print(f"an earlier run, {run.prefix}, has not removed what it made")
        if clean_up(run, steps.say):
            sys.exit(1)


def main_flow(run, steps):
    import protection
    for what, step in protection.steps:
        steps.run(what, step, run)


def ask_all(run, steps):
    from assumptions import assumptions
    answers = {}
    for row in assumptions:
        print(f"· asking: {row.statement}", flush=True)
        run.recorder.row = row.id
        answers[row.id] = ask(row, run)
        run.recorder.row = ""
        print(f"    {answers[row.id].outcome}: {answers[row.id].said}", flush=True)
    return answers


def ask(row, run):
    from botocore.exceptions import BotoCoreError, ClientError

    from assumption import not_reached
    from run import Failed
    try:
        return row.ask(run)
    except (ClientError, BotoCoreError, Failed) as error:
        return not_reached(f"{type(error).__name__}: {error}")


def table(answers):
    from assumptions import assumptions
    width = max(len(row.id) for row in assumptions)
    lines = [f"{row.id:{width}}  {answers[row.id].outcome:11}  {row.statement} ({row.page})" for row in assumptions if row.id in answers]
    counts = [f"{sum(answer.outcome == outcome for answer in answers.values())} {outcome}" for outcome in ("confirmed", "refuted", "not reached")]
    return "\n".join(lines) + "\n" + ", ".join(counts)


def interrupt(*_):
    raise KeyboardInterrupt


def main():
    given = arguments()
    in_the_right_python()
    if given.list:
        from assumptions import assumptions
        for row in assumptions:
            print(f"{row.id:24} {row.statement} ({row.page})")
        return 0
    # Also where the shell that started it ignores Ctrl-C: what is made has to be removed.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)
    steps = Steps()
    options = parse_options(given)
    from run import Failed, Run, notes
    if given.clean_up:
        note = notes / given.clean_up / "run.json"
        run = Run.of_note(note) if note.exists() else Run(options, given.clean_up)
        run.learn_account()
        return 1 if clean_up(run, steps.say) else 0

    clean_up_earlier(steps)
    run = Run(options)
    account = run.learn_account()
    if not confirm(options, account, given.yes):
        print("aws-check: that is not the account's number; nothing was made", file=sys.stderr)
        return 2
    return whole_run(run, steps, Failed)


def whole_run(run, steps, failed):
    import protection
    import questions_events
    run.create_trail = not protection.has_trail(run)
    run.listener = questions_events.Listener(run)
    code, answers = 0, {}
    try:
        run.begin()
        print(f"prefix {run.prefix}, notes and recordings in {run.folder}", flush=True)
        if run.create_trail:
            steps.say("no trail logs management events that write: one is made for this run")
        main_flow(run, steps)
        steps.run("listening to events", lambda: run.listener.begin() or "a rule and a queue")
        answers = ask_all(run, steps)
    except failed as failure:
        print(f"FAILED: {failure}", flush=True)
        code = 1
    except subprocess.TimeoutExpired as late:
        print(f"FAILED: {late}", flush=True)
        code = 1
    except KeyboardInterrupt:
        print("interrupted", flush=True)
        code = 1
    finally:
        remaining = clean_up(run, steps.say)
    if answers:
        print("\n" + table(answers))
        print(f"{len(run.recorder.files)} recordings in {run.recorder.folder}")
    if remaining or code:
        return 1
    return 3 if any(answer.outcome == "refuted" for answer in answers.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
