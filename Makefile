# The doors of the project. `make` alone lists them. Everything real is in scripts/ and CMake.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.PHONY: help demo demo-serve test test-full build package lint bench asan tsan fuzz conformance check-fresh aws-check clean

# A directory tree for the demo to upload instead of the Boost headers.
DEMO_INPUT ?=
export DEMO_INPUT

help:  ## this list
	@echo "make targets:"
	@sed -n 's/^\([a-z-]*\):.*##  *\(.*\)/\1\t\2/p' $(firstword $(MAKEFILE_LIST)) | while IFS=$$'\t' read -r name text; do printf '  %-12s %s\n' "$$name" "$$text"; done

demo:  ## install what is needed, build, deploy the functions into a cloud of two regions, and watch a bucket being protected (DEMO_INPUT=dir takes another tree)
	@scripts/install-packages build
	@scripts/demo

demo-serve:  ## the same with the controller (s3dr serve) instead of functions
	@scripts/install-packages build
	@scripts/demo --serve

test:  ## install what is needed, build, and run all tests
	@scripts/install-packages build test
	@scripts/build release
	@scripts/run-tests

test-full:  ## the same, with the long crash matrices against real processes, the conformance suite, and the package for AWS built twice
	@scripts/install-packages build test package
	@scripts/build release
	@scripts/package
	@scripts/run-tests --full

build:  ## build everything into build/release
	@scripts/install-packages build test
	@scripts/build release

package:  ## what AWS Lambda runs, as build/lambda/s3dr-lambda-ARCH.zip
	@scripts/install-packages build package
	@scripts/package

lint:  ## formatting, layers, file sizes, banned calls, clang-tidy
	@scripts/install-packages build test
	@scripts/lint

bench:  ## run the benchmarks (figures, no thresholds)
	@scripts/install-packages build test package
	@scripts/bench

asan:  ## unit, property and simulation tests under AddressSanitizer and UBSan
	@scripts/install-packages build test
	@scripts/sanitize asan

tsan:  ## the same under ThreadSanitizer
	@scripts/install-packages build test
	@scripts/sanitize tsan

fuzz:  ## each fuzzer for FUZZ_SECONDS (20)
	@scripts/install-packages build test
	@scripts/fuzz

conformance:  ## a public conformance suite for S3 against the embedded cloud (needs go, which installs the suite)
	@scripts/install-packages build test
	@scripts/build release s3dr s3dr-cloud
	@scripts/conformance

check-fresh:  ## demo and test in a bare Debian 12 chroot (root)
	@scripts/install-packages fresh
	@scripts/check-fresh

# Options: make aws-check ARGS="--profile test"; ARGS=--help lists them.
ARGS ?=
aws-check:  ## ask AWS itself what the pages assume, in a test account: costs about a dollar, says so, asks, and removes everything (ARGS="--help")
	@scripts/install-packages build test
	@scripts/build release s3dr
	@python3 tests/aws_check/aws_check.py $(ARGS)

clean:  ## remove everything that was built
	rm -rf build
