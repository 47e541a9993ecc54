"""Believes who a token says that it is: user:project:role,role. Nothing but a test's."""


class FakeIdentity:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        parts = environ.get('HTTP_X_AUTH_TOKEN', 'root:admin:admin').split(':')
        environ['HTTP_X_IDENTITY_STATUS'] = 'Confirmed'
        environ['HTTP_X_USER_ID'] = parts[0]
        environ['HTTP_X_PROJECT_ID'] = parts[1]
        environ['HTTP_X_ROLES'] = parts[2]
        return self.app(environ, start_response)


def factory(global_conf, **local_conf):
    return FakeIdentity
