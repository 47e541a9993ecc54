# Answers what oslo.policy makes of rules: a JSON document on each line of the input, True or False on each of the output.
import json
import sys
import types

from oslo_policy import _checks
from oslo_policy import _parser

for line in sys.stdin:
    question = json.loads(line)
    enforcer = types.SimpleNamespace(
        rules={name: _parser.parse_rule(rule) for name, rule in question['rules'].items()})
    check = _parser.parse_rule(question['rule'])
    print(bool(_checks._check(check, question['target'], question['creds'], enforcer, None)))
