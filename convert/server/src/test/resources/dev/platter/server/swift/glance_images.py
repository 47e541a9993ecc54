"""Images in Swift by Glance's own store.

Arguments: where to log in; a file of references, or "-"; then any number of "add IDENTIFIER FILE",
which prints the image's location, "get LOCATION FILE", and "delete LOCATION -".
"""

import os
import sys

import glance_store
from oslo_config import cfg

address, references, *words = sys.argv[1:]
conf = cfg.CONF
glance_store.register_opts(conf)
conf([], default_config_files=[])
settings = {
    'stores': ['swift'],
    'default_store': 'swift',
    'swift_store_auth_version': '1',
    'swift_store_container': 'images',
    'swift_store_create_container_on_put': True,
    'swift_store_large_object_size': 1,
    'swift_store_large_object_chunk_size': 1,
}
if references == '-':
    settings.update(swift_store_auth_address=address, swift_store_user='images:glance',
                    swift_store_key='a-key')
else:
    settings.update(swift_store_config_file=references)
for key, value in settings.items():
    conf.set_override(key, value, group='glance_store')
glance_store.create_stores(conf)

while words:
    action, what, file, *words = words
    if action == 'add':
        with open(file, 'rb') as data:
            print(glance_store.add_to_backend(
                conf, what, data, os.path.getsize(file), scheme='swift')[0])
    elif action == 'get':
        pieces, size = glance_store.get_from_backend(what)
        with open(file, 'wb') as data:
            for piece in pieces:
                data.write(piece)
        assert os.path.getsize(file) == size
    else:
        glance_store.delete_from_backend(what)
