"""Runs command lines of the glance and openstack clients, many in one process.

Reads a JSON array of words per line: the client's name and its arguments. Writes a JSON object per
line: the exit code, and what went to standard output and standard error.
"""

import contextlib
import io
import json
import os
import sys
import warnings

warnings.simplefilter("ignore")

import glanceclient.shell
import openstackclient.shell


class Terminal(io.StringIO):
    """Standard input as it is when a person types: nothing is piped in."""

    def isatty(self):
        return True


def run(words):
    client, arguments = words[0], words[1:]
    out, err = io.StringIO(), io.StringIO()
    code = 0
    before = sys.argv, sys.stdin
    sys.argv, sys.stdin = words, Terminal()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            if client == "glance":
                code = glanceclient.shell.main() or 0
            else:
                code = openstackclient.shell.main(arguments)
    except SystemExit as end:
        code = end.code
        if isinstance(code, str):
            err.write(code)
            code = 1
    finally:
        sys.argv, sys.stdin = before
    return {"code": code or 0, "out": out.getvalue(), "err": err.getvalue()}


answers = os.fdopen(os.dup(1), "w")
for line in sys.stdin:
    answers.write(json.dumps(run(json.loads(line))) + "\n")
    answers.flush()
