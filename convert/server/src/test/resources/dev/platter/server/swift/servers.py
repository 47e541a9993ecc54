"""Swift's four servers in a directory, one device, one copy, until standard input ends.

Arguments: the directory, with proxy.conf in it; four ports: of the proxy, accounts, containers,
objects.
"""

import getpass
import os
import signal
import sys

from swift.common import utils

directory, *ports = sys.argv[1:]
with open(os.path.join(directory, 'swift.conf'), 'w') as conf:
    conf.write('[swift-hash]\nswift_hash_path_suffix = tests\n'
               '[storage-policy:0]\nname = one\ndefault = yes\n')
utils.set_swift_dir(directory)

from swift.common import wsgi  # noqa: E402: reads swift.conf
from swift.common.ring import RingBuilder  # noqa: E402

DEFAULTS = """
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
user = {user}
swift_dir = {directory}
devices = {directory}/devices
mount_check = false
disable_fallocate = true
fallocate_reserve = 0
"""
STORAGE = """
[pipeline:main]
pipeline = {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
"""

os.makedirs(os.path.join(directory, 'devices', 'disk'))
with open(os.path.join(directory, 'proxy.conf')) as conf:
    bodies = {'proxy': conf.read()}
for kind, port in zip(('account', 'container', 'object'), ports[1:]):
    bodies[kind] = STORAGE.format(kind=kind)
    ring = RingBuilder(1, 1, 0)
    ring.add_dev({'id': 0, 'region': 1, 'zone': 1, 'weight': 1, 'ip': '127.0.0.1',
                  'port': int(port), 'device': 'disk', 'meta': '',
                  'replication_ip': '127.0.0.1', 'replication_port': int(port)})
    ring.rebalance()
    ring.get_ring().save(os.path.join(directory, kind + '.ring.gz'))

children = []
for kind, port in zip(('proxy', 'account', 'container', 'object'), ports):
    path = os.path.join(directory, kind + '-server.conf')
    with open(path, 'w') as conf:
        conf.write(DEFAULTS.format(port=port, user=getpass.getuser(), directory=directory))
        conf.write(bodies[kind])
    child = os.fork()
    if child == 0:
        sys.exit(wsgi.run_wsgi(path, kind + '-server'))
    children.append(child)

sys.stdin.read()
for child in children:
    os.kill(child, signal.SIGKILL)
