"""Barbican in a directory: its settings lie in .barbican. Arguments: the directory, a port."""

import os
import sys
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

directory, port = sys.argv[1:]
os.environ['HOME'] = directory

from paste import deploy  # noqa: E402: what is loaded reads the settings


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


app = deploy.loadapp('config:' + os.path.join(directory, 'paste.ini'))
make_server('127.0.0.1', int(port), app, Server, Quiet).serve_forever()
