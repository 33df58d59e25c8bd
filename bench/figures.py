"""From raw measurements to figures: what the machine is, what was built, rates, and the tables people read."""

import os
import platform
import re
import subprocess
from pathlib import Path

MIB = 1024 * 1024


def said_by(*command, folder=None):
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""


def machine(folder):
    """`folder` is where the stores keep their data: its file system is part of the figures."""
    cpu = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = re.search(r"^MemTotal:\s*(\d+) kB", Path("/proc/meminfo").read_text(), re.MULTILINE)
    return {
        "cpu": cpu[1] if cpu else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_mib": int(memory[1]) // 1024 if memory else None,
        "kernel": platform.release(),
        "file_system": said_by("df", "--output=fstype", str(folder)).splitlines()[-1],
        "load_average_before": os.getloadavg()[0],
    }


def build(folder, root):
    cache = dict(re.findall(r"^(\w+):\w+=(.*)$", (folder / "CMakeCache.txt").read_text(), re.MULTILINE))
    compiler, kind = cache.get("CMAKE_CXX_COMPILER", ""), cache.get("CMAKE_BUILD_TYPE", "")
    version = said_by(compiler, "--version") if compiler else ""
    return {
        "commit": said_by("git", "rev-parse", "HEAD", folder=root),
        "uncommitted_changes": bool(said_by("git", "status", "--porcelain", "--untracked-files=no", folder=root)),
        "compiler": version.splitlines()[0] if version else compiler,
        "preset": folder.name,
        "flags": cache.get(f"CMAKE_CXX_FLAGS_{kind.upper()}", ""),
    }


def derived(results):
    """Adds the rates to the raw figures. A rate whose time is below five ticks of the kernel's clock is None."""

    def rate(amount, seconds):
        return amount / seconds if seconds and seconds >= 0.05 else None

    for result in results:
        client, server = result["client_cpu_seconds"], result.get("server_cpu_seconds")
        result["requests_per_second"] = rate(result["requests"], result["seconds"])
        result["requests_per_client_cpu_second"] = rate(result["requests"], client)
        result["requests_per_server_cpu_second"] = rate(result["requests"], server)
        result["mib_per_second"] = rate(result["bytes"] / MIB, result["seconds"])
        result["mib_per_client_cpu_second"] = rate(result["bytes"] / MIB, client)
        result["mib_per_server_cpu_second"] = rate(result["bytes"] / MIB, server)
    return results


def number(value, digits=0):
    return "-" if value is None else f"{value:,.{digits}f}"


def table(title, head, rows):
    """The first column is text, the others are numbers."""
    cells = [head] + rows
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    lines = ["  ".join(cell.ljust(width) if i == 0 else cell.rjust(width)
                       for i, (cell, width) in enumerate(zip(row, widths))).rstrip() for row in cells]
    return f"{title}\n" + "\n".join(f"  {line}" for line in lines) + "\n"


def client_table(client):
    ours = {result["operation"]: result for result in client["s3dr"]}
    peers = {result["operation"]: result for result in client.get("boto3", [])}
    rows = []
    for operation, result in ours.items():
        peer = peers.get(operation, {})
        mine, theirs = result["requests_per_client_cpu_second"], peer.get("requests_per_client_cpu_second")
        rows.append([operation.upper(), number(mine), number(theirs), number(mine / theirs if mine and theirs else None, 1),
                     number(result["requests_per_second"]), number(peer.get("requests_per_second"))])
    peer = client.get("boto3_version", "boto3 was skipped")
    return table(f"Client: one connection, objects of 4 KiB, pages of 1,000 keys ({peer})",
                 ["", "requests per CPU s", "boto3", "ratio", "requests/s", "boto3"], rows)


def cloud_table(title, results):
    rows = [[result["operation"].upper(), number(result["requests_per_second"]),
             number(result["requests_per_server_cpu_second"]), number(result["median_milliseconds"], 1),
             number(result["p99_milliseconds"], 1)] for result in results]
    return table(title, ["", "requests/s", "per server CPU s", "median ms", "p99 ms"], rows)


def big_table(report):
    rows = []
    for scheme in ("http", "https"):
        for result in report["cloud"][f"big_{scheme}"]:
            rows.append([f"{result['operation']} {scheme}", number(result["mib_per_second"]),
                         number(result["mib_per_client_cpu_second"]), number(result["mib_per_server_cpu_second"])])
    return table(f"Cloud: one object of {report['big_mib']} MiB", ["", "MiB/s", "per client CPU s", "per server CPU s"], rows)


def function_table(cold):
    ours, peer = cold["ours"], cold["peer_figures"]
    rows = [[name, number(ours[key], digits), number(peer[key], digits), number(peer[key] / ours[key], 1)]
            for name, key, digits in (("CPU, s", "cpu_seconds", 3), ("wall, s", "wall_seconds", 3),
                                      ("peak memory, MiB", "peak_mib", 1), ("requests", "requests", 0))]
    title = f"source_bucket_check: one cold process, one event, exit; median of {cold['runs']} ({cold['package']['kind']}; {cold['peer']})"
    return table(title, ["", "s3dr", "boto3", "ratio"], rows)


def protect_table(title, protect):
    def row(name, seconds, steps):
        shown = ", ".join(f"{state} {at:.2f}" for state, at in sorted(steps.items(), key=lambda item: item[1]))
        return [f"{name} ({shown})" if shown else name, number(seconds, 2)]

    warm = len(protect["warm_seconds"])
    rows = [row("first bucket after the start", protect["cold_seconds"], protect["cold_steps"])]
    if warm:
        rows.append(row(f"median of {warm} more", protect["warm_median_seconds"], {}))
    return table(title, ["", "seconds"], rows)


def backfill_table(runs):
    """Processor time by object: of the whole job, and of its first and last tenth."""
    def cpu(part, region="source"):
        return number(part[f"{region}_cpu_seconds"] / part["objects"] * 1000 if part["objects"] else None, 2)

    rows = [[f"{run['objects']:,}", number(run["objects"] / run["seconds"]), cpu(run), cpu(run["tenths"][0]),
             cpu(run["tenths"][-1]), cpu(run, "replica")] for run in runs]
    return table("Backfill: one batch job, objects of 100 bytes; CPU ms by object of the two regions' processes",
                 ["objects", "objects/s", "source", "first tenth", "last tenth", "replica"], rows)


def sweep_table(sweep):
    def row(name, part):
        return [name, number(part["calls_per_bucket"], 2), number(part["round_seconds"], 1), number(part["peak_memory_bytes"] / MIB)]

    rows = [row("nothing due", sweep["nothing_due"])]
    if "settings_due" in sweep:
        rows.append(row("the settings of each bucket are due", sweep["settings_due"]))
    return table(f"Sweep of `s3dr serve` over {sweep['buckets']:,} tagged buckets with {sweep['settings']} settings each "
                 f"(all protected after {number(sweep['until_protected_seconds'])} s, "
                 f"{number(sweep['until_protected_memory_bytes'] / MIB)} MiB)",
                 ["a round", "calls a bucket", "seconds", "peak MiB"], rows)


def tables(report):
    at, made = report["machine"], report["build"]
    dirty = " with uncommitted changes" if made["uncommitted_changes"] else ""
    parts = [f"{at['cpu']}, {at['cores']} cores, {number(at['memory_mib'])} MiB, Linux {at['kernel']}, {at['file_system']}\n"
             f"{made['preset']} ({made['flags']}), {made['compiler']}, commit {made['commit'][:12]}{dirty}\n"]
    if at["load_average_before"] > 0.5:
        parts.append(f"The machine was busy before the run (load {at['load_average_before']:.1f}): "
                     "figures per second are too low, figures per CPU second suffer less.\n")
    if "client" in report:
        parts.append(client_table(report["client"]))
    if "tag_to_verified" in report:
        parts.append(protect_table("From tag to verified, empty bucket, controller", report["tag_to_verified"]))
    if "tag_to_verified_deployed" in report:
        deployed = report["tag_to_verified_deployed"]
        parts.append(protect_table(f"From tag to verified, empty bucket, deployed functions ({deployed['program']})", deployed))
        filled = deployed["filled"]
        parts.append(protect_table(f"The same, {filled['objects']} objects of 4 KiB in the bucket before it is tagged", filled))
    if report.get("cold_function"):
        parts.append(function_table(report["cold_function"]))
    if "cloud" in report:
        parts.append(cloud_table("Cloud: 32 connections, objects of 4 KiB, pages of 1,000 keys", report["cloud"]["s3dr"]))
        parts.append(big_table(report))
    if report.get("moto"):
        parts.append(cloud_table(f"moto {report['moto']['version']}, the same requests", report["moto"]["results"]))
    if "backfill" in report:
        parts.append(backfill_table(report["backfill"]))
    if report.get("sweep"):
        parts.append(sweep_table(report["sweep"]))
    parts += [f"skipped: {reason}\n" for reason in report["skipped"]]
    return "\n".join(parts)
