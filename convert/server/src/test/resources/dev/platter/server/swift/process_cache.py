"""What Swift keeps in memcached, kept in the process."""


class Cache:
    def __init__(self):
        self.values = {}

    def set(self, key, value, **_):
        self.values[key] = value

    def get(self, key, **_):
        return self.values.get(key)

    def incr(self, key, delta=1, **_):
        self.values[key] = self.values.get(key, 0) + delta
        return self.values[key]

    def decr(self, key, delta=1, **_):
        return self.incr(key, -delta)

    def delete(self, key, **_):
        self.values.pop(key, None)

    def set_multi(self, mapping, server_key, **_):
        self.values.update(mapping)

    def get_multi(self, keys, server_key, **_):
        return [self.values.get(key) for key in keys]


def filter_factory(global_conf, **local_conf):
    cache = Cache()

    def factory(app):
        def call(env, start_response):
            env['swift.cache'] = cache
            return app(env, start_response)
        return call
    return factory
