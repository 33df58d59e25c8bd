#!/usr/bin/env python3
"""Each checker of tests/lint finds a planted defect and leaves a clean tree alone."""

import os
import subprocess
import sys
import tempfile
import textwrap
import unittest
from pathlib import Path

here = Path(__file__).resolve().parent
sys.path.insert(0, str(here))
import check_assumptions
import check_banned
import check_layers
import check_paths
import check_sizes
import tidy
from source_text import code_only

scripts = here.parent.parent / "scripts"
layers = 'set(S3DR_LAYERS\n  "dr:aws base"\n  "aws:base"\n  "base:"\n)\n'
page = """
| folder | what | may include |
| --- | --- | --- |
| `dr/` | decisions | `aws`, `base` |
| `aws/` | protocol | `base` |
| `base/` | errors | nothing |
"""


class Tree(unittest.TestCase):
    """A small project in a folder of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.write("layers.cmake", layers)
        self.write("src/base/error.h", "#pragma once\n#include <string>\n")
        self.write("src/aws/sign.cc", '#include "base/error.h"\n')
        self.write("src/dr/plan.cc", '#include "aws/sign.h"\n#include "base/error.h"\n')

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def assert_one(self, findings, *words):
        self.assertEqual(len(findings), 1, findings)
        for word in words:
            self.assertIn(word, findings[0])


class Layers(Tree):
    def test_a_clean_tree_passes(self):
        self.write("docs/architecture.md", page)
        self.assertEqual(check_layers.check(self.root), [])

    def test_an_include_across_an_inner_wall_is_found(self):
        self.write("layers.cmake", 'set(S3DR_LAYERS\n  "cloud/door:cloud/store"\n  "cloud/store:base"\n  "dr:aws base"\n  "aws:base"\n  "base:"\n)\n')
        self.write("src/cloud/store/database.h", '#include "base/error.h"\n')
        self.write("src/cloud/door/router.h", '#include "cloud/store/database.h"\n')
        self.assertEqual(check_layers.check(self.root), [])
        self.write("src/cloud/store/schema.cc", '#include "cloud/door/router.h"\n')
        self.assert_one(check_layers.check(self.root), "src/cloud/store/schema.cc:1", "cloud/store may not include cloud/door")

    def test_an_arrow_that_nobody_uses_is_found(self):
        self.write("src/dr/plan.cc", '#include "aws/sign.h"\n')
        self.assert_one(check_layers.check(self.root), "dr may use base")

    def test_an_upward_include_is_found(self):
        self.write("src/base/bad.cc", '\n#include "aws/sign.h"\n')
        self.assert_one(check_layers.check(self.root), "src/base/bad.cc:2", "base may not include aws")

    def test_a_commented_include_is_not_an_include(self):
        self.write("src/base/good.cc", '// #include "aws/sign.h"\n/*\n#include "aws/sign.h"\n*/\n')
        self.assertEqual(check_layers.check(self.root), [])

    def test_an_include_without_its_layer_is_found(self):
        self.write("src/aws/bad.cc", '#include "sign.h"\n')
        self.assert_one(check_layers.check(self.root), "room/file.h")

    def test_angle_brackets_do_not_hide_an_include(self):
        self.write("src/aws/sign.h", "")
        self.write("src/base/bad.cc", "#include <aws/sign.h>\n")
        self.assert_one(check_layers.check(self.root), "quotes")

    def test_a_folder_outside_the_table_is_found(self):
        self.write("src/extra/new.cc", "")
        self.assert_one(check_layers.check(self.root), "src/extra/new.cc")

    def test_an_arrow_up_in_the_table_is_found(self):
        self.write("layers.cmake", layers.replace('"base:"', '"base:dr"'))
        self.write("src/base/error.h", '#include "dr/plan.h"\n')
        self.assert_one(check_layers.check(self.root), "base uses dr")

    def test_a_page_that_differs_is_found(self):
        self.write("docs/architecture.md", page.replace("`aws`, `base`", "`base`"))
        self.assert_one(check_layers.check(self.root), "architecture.md", "dr")

    def test_a_page_in_another_order_is_found(self):
        row = "| `aws/` | protocol | `base` |\n"
        self.write("docs/architecture.md", page.replace(row, "") + row)
        self.assert_one(check_layers.check(self.root), "another order")

    def test_a_page_that_lacks_a_layer_is_found(self):
        self.write("docs/architecture.md", page.replace("| `aws/` | protocol | `base` |\n", ""))
        self.assert_one(check_layers.check(self.root), "lacks aws")

    def test_a_page_without_the_table_is_found(self):
        self.write("docs/architecture.md", "# Architecture\n")
        self.assert_one(check_layers.check(self.root), "no folder table")


class Sizes(Tree):
    def test_a_clean_tree_passes(self):
        self.write("src/base/long.cc", "\n" * 500)
        self.assertEqual(check_sizes.check(self.root), [])

    def test_a_long_file_is_found(self):
        self.write("src/base/long.cc", "\n" * 501)
        self.assert_one(check_sizes.check(self.root), "src/base/long.cc", "501")

    def test_a_26th_source_is_found(self):
        for i in range(25):
            self.write(f"tests/sim/file{i}.h", "")
            self.write(f"tests/sim/file{i}.cc", "")
        self.assertEqual(check_sizes.check(self.root), [])
        self.write("tests/sim/one_more.cc", "")
        self.assert_one(check_sizes.check(self.root), "tests/sim", "26 sources")

    def test_a_full_folder_without_a_readme_is_found(self):
        for i in range(6):
            self.write(f"src/dr/file{i}.h", "")
        self.assert_one(check_sizes.check(self.root), "src/dr", "README.md")
        self.write("src/dr/README.md", "what lives here\n")
        self.assertEqual(check_sizes.check(self.root), [])


class Paths(Tree):
    def test_a_clean_tree_passes(self):
        self.write("docs/guide.md", "See [the plan](../src/dr/plan.cc), `dr/plan.cc`, [more](https://example.org/a/b.md), ~/x/notes.md.\n")
        self.write("tests/unit/plan_test.py", '"""Tries src/dr/plan.cc and <room>/*.cc."""\nwanted = "dr/gone.h"  # dr/plan.cc\n')
        self.write("src/dr/README.md", "Start with `plan.cc`; not here: `base/error.h`.\n")
        self.write("src/dr/step.cc", '// After plan.cc; see base/error.h and tests/unit/plan_test.py.\nconst char* text = "dr/gone.h";\n')
        self.write("CHANGELOG.md", "src/dr/gone.cc has moved.\n")
        self.assertEqual(check_paths.check(self.root), [])

    def test_a_path_to_no_file_is_found(self):
        places = {
            "src/dr/step.cc": "int a;\n/* see\n   dr/gone.h */\n",
            "tests/unit/plan_test.py": 'def run():\n    """One.\n\n    See dr/gone.h"""\n',
            "tests/unit/other_test.py": "\n\nx = 1  # see dr/gone.h\n",
            "scripts/try": "#!/bin/sh\n\n# see dr/gone.h\n",
            "cmake/rules.cmake": "\n\n# see dr/gone.h\n",
            "docs/guide.md": "\n\n[a link](dr/gone.h)\n",
            "src/dr/README.md": "\n\nsee `dr/gone.h`\n",
        }
        for name, text in places.items():
            with self.subTest(name):
                self.write(name, text)
                self.assert_one(check_paths.check(self.root), f"{name}:{4 if 'plan_test' in name else 3}", "dr/gone.h")
                (self.root / name).unlink()

    def test_each_ending_is_looked_at(self):
        for ending in ("h", "cc", "py", "md"):
            self.write("docs/guide.md", f"dr/gone.{ending}\n")
            self.assert_one(check_paths.check(self.root), f"dr/gone.{ending}")

    def test_a_pattern_that_fits_nothing_is_found(self):
        self.write("docs/guide.md", "src/dr/pl*.cc, src/<room>/plan.cc and src/dr/gone_*.cc\n")
        self.assert_one(check_paths.check(self.root), "src/dr/gone_*.cc")

    def test_a_name_without_folder_of_a_file_elsewhere_is_found(self):
        self.write("src/dr/step.h", "// See error.h.\n")
        self.assert_one(check_paths.check(self.root), "src/dr/step.h:1", "error.h", "with its folder")


class Assumptions(Tree):
    def setUp(self):
        super().setUp()
        self.write("tests/aws_check/assumptions.py", 'rows = (Assumption("empty-job", "docs/jobs.md", "it fails", ask),)\n')
        self.write("docs/jobs.md", "*Not verified* marks what nobody saw.\nIt fails: *not\nverified* (`empty-job`).\n")

    def test_a_clean_tree_passes(self):
        self.assertEqual(check_assumptions.problems(self.root), [])

    def test_a_mark_without_a_row_is_found(self):
        self.write("docs/other.md", "The code is *not verified* on AWS.\n")
        self.assert_one(check_assumptions.problems(self.root), "docs/other.md", "without the id")
        self.write("docs/other.md", "The code is *not verified* on AWS (`its-code`).\n")
        self.assert_one(check_assumptions.problems(self.root), "its-code", "has no row")

    def test_a_row_without_its_mark_is_found(self):
        self.write("docs/jobs.md", "It fails.\n")
        self.assert_one(check_assumptions.problems(self.root), "empty-job", "is not marked in docs/jobs.md")


class Banned(Tree):
    bad_lines = {
        "wall clock": "auto now = std::chrono::system_clock::now();",
        "time()": "auto now = std::time(nullptr);",
        "gettimeofday": "gettimeofday(&value, nullptr);",
        "clock_gettime": "clock_gettime(CLOCK_REALTIME, &value);",
        "steady clock": "auto now = std::chrono::steady_clock::now();",
        "random device": "std::random_device device;",
        "mt19937": "std::mt19937_64 engine;",
        "rand": "int die = rand() % 6;",
        "awaitable operators": "using namespace boost::asio::experimental::awaitable_operators;",
        "detached": "asio::co_spawn(executor, run(), asio::detached);",
        "format": 'std::format("{}", 1);',
        "print": 'std::print("{}", 1);',
        "format header": "#include <format>",
    }

    def test_a_clean_tree_passes(self):
        self.assertEqual(check_banned.check(self.root), [])

    def test_each_banned_call_is_found(self):
        for name, line in self.bad_lines.items():
            with self.subTest(name):
                self.write("src/aws/bad.cc", f"// first\n{line}\n")
                self.assert_one(check_banned.check(self.root), "src/aws/bad.cc:2")

    def test_comments_and_literals_do_not_count(self):
        for line in self.bad_lines.values():
            if line.startswith("#"):
                continue
            with self.subTest(line):
                quoted = line.replace('"', '\\"')
                self.write("src/aws/good.cc", f'// {line}\n/* {line}\n{line} */\nauto text = "{quoted}";\nauto raw = R"({line})";\n')
                self.assertEqual(check_banned.check(self.root), [])

    def test_members_of_the_same_name_do_not_count(self):
        self.write("src/aws/good.cc", "auto a = entry.time(); auto b = entry->time(); auto c = uptime(0); auto d = operand(1);\n")
        self.assertEqual(check_banned.check(self.root), [])

    def test_the_one_place_is_allowed(self):
        self.write("src/base/clock.cc", self.bad_lines["wall clock"])
        self.write("src/base/random.cc", self.bad_lines["mt19937"])
        self.assertEqual(check_banned.check(self.root), [])

    def test_words_are_found_in_any_file(self):
        for text in ("p" + "kill s3dr", "cd /wo" + "rk/main", "HOME=/ro" + "ot/x", "kill" + "all s3dr"):
            with self.subTest(text):
                self.write("docs/page.md", text + "\n")
                self.assert_one(check_banned.check(self.root), "docs/page.md:1")

    def test_urls_are_not_machine_paths(self):
        self.write("docs/page.md", "see https://example.org/a/wo" + "rk/x and build/wo" + "rk/\n")
        self.assertEqual(check_banned.check(self.root), [])


class Text(unittest.TestCase):
    def test_digit_separators_are_no_literals(self):
        self.assertEqual(code_only("int a = 5'000; f(b'); // c").split("//")[0].rstrip(), "int a = 5'000; f(b');")

    def test_line_numbers_stay(self):
        text = 'a\n/* b\n c */ d\nR"x(\n)x" e\n'
        self.assertEqual(code_only(text).count("\n"), text.count("\n"))
        self.assertIn("e", code_only(text).split("\n")[4])


class Tidy(Tree):
    def run_tidy(self):
        return subprocess.run([sys.executable, str(here / "tidy.py"), "--root", str(self.root), "--build", "build"],
                              capture_output=True, text=True, env=os.environ | {"XDG_CACHE_HOME": str(self.root / "cache")})

    def prepare(self, body):
        self.write("src/aws/value.h", "#pragma once\n#include <string>\n#include <utility>\nvoid take(std::string text);\n")
        self.write("src/aws/use.cc", f'#include "aws/value.h"\nvoid use(std::string text) {{\n{body}}}\n')
        (self.root / ".clang-tidy").write_bytes((here.parent.parent / ".clang-tidy").read_bytes())
        file = self.root / "src/aws/use.cc"
        self.write("build/compile_commands.json", '[{"directory": "%s", "file": "%s", "command": "clang++-19 -std=c++23 -Isrc -c %s"}]' % (
            self.root, file, file))

    def test_a_use_after_a_move_is_found(self):
        self.prepare("take(std::move(text)); take(text);\n")
        result = self.run_tidy()
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.assertIn("bugprone-use-after-move", result.stdout)

    def test_what_passed_is_remembered_until_a_header_changes(self):
        self.prepare("take(std::move(text));\n")
        self.assertIn("1 of 1 files", self.run_tidy().stdout)
        self.assertIn("0 of 1 files", self.run_tidy().stdout)
        self.write("src/aws/value.h", "#pragma once\n#include <string>\n#include <utility>\n\nvoid take(std::string text);\n")
        self.assertIn("1 of 1 files", self.run_tidy().stdout)

    def test_beast_units_are_left_out(self):
        self.assertTrue(tidy.left_out.search("src/http/beast_client.cc"))
        self.assertFalse(tidy.left_out.search("src/http/pool.cc"))


class Packages(unittest.TestCase):
    """scripts/install-packages refuses what it does not know before it touches anything."""

    def install(self, *groups, os_release):
        with tempfile.NamedTemporaryFile("w", suffix="-os-release") as file:
            file.write(os_release)
            file.flush()
            return subprocess.run([str(scripts / "install-packages"), *groups], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                                  env={"PATH": os.environ["PATH"], "S3DR_OS_RELEASE": file.name})

    def test_an_unsupported_machine_is_one_clear_error(self):
        result = self.install("build", os_release='ID=fedora\nVERSION_ID=42\nPRETTY_NAME="Fedora Linux 42"\n')
        self.assertEqual(result.returncode, 1)
        self.assertIn("this machine is Fedora Linux 42", result.stderr)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        self.assertEqual(result.stdout, "")

    def test_an_unknown_group_is_a_usage_error(self):
        result = self.install("bild", os_release="ID=debian\nVERSION_ID=12\n")
        self.assertEqual(result.returncode, 2)
        self.assertIn('no group "bild"', result.stderr)


class RunTests(unittest.TestCase):
    """scripts/run-tests counts a failing, a skipping and a dying program as what they are."""

    def outcome(self, script):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            (root / "scripts").mkdir()
            (root / "scripts/run-tests").write_bytes((scripts / "run-tests").read_bytes())
            (root / "tests/lint").mkdir(parents=True)
            (root / "tests/lint/test_planted.py").write_text(textwrap.dedent(script))
            run = subprocess.run([sys.executable, str(root / "scripts/run-tests"), "--only", "lint"], capture_output=True, text=True)
            return run.returncode, run.stdout.splitlines()

    def test_a_pass(self):
        status, lines = self.outcome("print('2 passed, 0 failed')")
        self.assertEqual((status, lines[-1]), (0, "2 passed, 0 failed, 0 skipped"))

    def test_a_failure(self):
        status, lines = self.outcome("print('2 passed, 1 failed'); raise SystemExit(1)")
        self.assertEqual((status, lines[-1]), (1, "2 passed, 1 failed, 0 skipped"))

    def test_a_failing_seed_is_named(self):
        status, lines = self.outcome("print('seed 7 failed: another end'); print('1 passed, 1 failed'); raise SystemExit(1)")
        self.assertEqual((status, lines[-1]), (1, "1 passed, 1 failed, 0 skipped"))
        self.assertIn("FAILED lint test_planted seed 7 another end", lines)

    def test_a_failure_hidden_behind_exit_0(self):
        status, lines = self.outcome("print('2 passed, 1 failed')")
        self.assertEqual((status, lines[-1]), (1, "2 passed, 1 failed, 0 skipped"))

    def test_a_crash_after_good_news(self):
        status, lines = self.outcome("print('2 passed, 0 failed', flush=True); raise SystemExit(7)")
        self.assertEqual((status, lines[-1]), (1, "2 passed, 1 failed, 0 skipped"))

    def test_a_skip_is_named(self):
        status, lines = self.outcome("print('skipped newest awscli: PyPI is not reached'); print('1 passed, 0 failed, 1 skipped')")
        self.assertEqual((status, lines[-1]), (0, "1 passed, 0 failed, 1 skipped"))
        self.assertIn("skipped lint test_planted newest awscli: PyPI is not reached", lines)


if __name__ == "__main__":
    program = unittest.main(exit=False, verbosity=1)
    result = program.result
    for case, _ in result.failures + result.errors:
        print(f"failed: {case.id()}")
    for case, reason in result.skipped:
        print(f"skipped {case.id()}: {reason}")
    bad = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - bad - len(result.skipped)} passed, {bad} failed, {len(result.skipped)} skipped")
    sys.exit(1 if bad else 0)
