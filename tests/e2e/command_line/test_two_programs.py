"""s3dr is what people install: nothing of the embedded cloud is in it. It starts s3dr-cloud from beside itself, or says what is missing."""

import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from processes import binary, run_command

cloud_binary = binary.with_name("s3dr-cloud")


def symbols(program):
    return subprocess.run(["nm", "-C", program], check=True, capture_output=True, text=True).stdout


def libraries(program):
    return subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout


class TwoPrograms(unittest.TestCase):
    def test_nothing_of_the_cloud_is_in_the_product(self):
        ours, clouds = symbols(binary), symbols(cloud_binary)
        self.assertIn("s3dr::functions::", ours)
        for word in ("sqlite3_", "s3dr::cloud::", "s3dr::services::", "run_demo"):
            with self.subTest(word):
                self.assertNotIn(word, ours)
                self.assertIn(word, clouds)  # the check is able to find it
        self.assertNotIn("sqlite", libraries(binary))
        self.assertIn("sqlite", libraries(cloud_binary))

    def test_cloud_and_demo_are_handed_over_whole(self):
        with tempfile.TemporaryDirectory() as folder:
            answer = run_command([binary, "--output", "json", "cloud", "status", "--data", folder])
            self.assertEqual(answer.code, 1)
            self.assertIn("there is no embedded cloud in this folder", answer.err)
        for words, expected in ((["cloud", "--help"], "s3dr-cloud status"), (["cloud", "start", "--help"], "--regions"), (["demo", "--help"], "--input DIR")):
            answer = run_command([binary, *words])
            self.assertEqual((answer.code, expected in answer.out), (0, True), answer.out + answer.err)
        self.assertEqual(run_command([binary, "cloud", "strat"]).code, 2)

    def test_a_missing_program_is_named(self):
        with tempfile.TemporaryDirectory() as folder:
            alone = Path(shutil.copy(binary, folder))
            for words in (["cloud", "status"], ["demo"]):
                answer = run_command([alone, *words])
                self.assertEqual(answer.code, 1)
                self.assertEqual(len(answer.err.splitlines()), 1, answer.err)
                self.assertIn(str(alone.with_name("s3dr-cloud")), answer.err)
            self.assertEqual(run_command([alone, "--version"]).code, 0)
