package dev.platter.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * OpenStack's Glance, from Debian's package python3-glance, behind a Keystone, in a directory of
 * its own, with the rules that are the defaults of newer releases.
 */
final class RealGlance implements AutoCloseable {
  private final Path directory;
  private final String python;
  private final int port;
  private final Process process;

  RealGlance(Path directory, RealKeystone keystone) throws IOException {
    this.directory = directory;
    python = RealKeystone.python();
    port = RealKeystone.freePort();
    for (String name : new String[] {"images", "staging"}) {
      Files.createDirectories(directory.resolve(name));
    }
    Files.writeString(
        directory.resolve("paste.ini"),
        """
        [pipeline:glance-api-keystone]
        pipeline = authtoken context rootapp
        [composite:rootapp]
        paste.composite_factory = glance.api:root_app_factory
        /v2: apiv2app
        [app:apiv2app]
        paste.app_factory = glance.api.v2.router:API.factory
        [filter:context]
        paste.filter_factory = glance.api.middleware.context:ContextMiddleware.factory
        [filter:authtoken]
        paste.filter_factory = keystonemiddleware.auth_token:filter_factory
        """);
    Files.writeString(
        directory.resolve("glance.conf"),
        """
        [DEFAULT]
        bind_host = 127.0.0.1
        bind_port = %1$d
        workers = 0
        log_file = %2$s/glance.log
        node_staging_uri = file://%2$s/staging
        enforce_secure_rbac = true
        [database]
        connection = sqlite:///%2$s/glance.db
        [glance_store]
        filesystem_store_datadir = %2$s/images
        [oslo_policy]
        enforce_scope = true
        enforce_new_defaults = true
        [paste_deploy]
        flavor = keystone
        config_file = %2$s/paste.ini
        [keystone_authtoken]
        auth_url = %3$s
        auth_type = password
        username = admin
        password = %4$s
        project_name = admin
        user_domain_name = Default
        project_domain_name = Default
        """
            .formatted(port, directory, keystone.url(), RealKeystone.PASSWORD));
    Process manage = run("manage", "db_sync");
    try {
      if (!manage.waitFor(120, TimeUnit.SECONDS) || manage.exitValue() != 0) {
        throw new AssertionError(Files.readString(directory.resolve("manage.out")));
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
    process = run("api");
    RealKeystone.awaitAnswer(url(), process);
  }

  private Process run(String program, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(python);
    command.add("-c");
    command.add("from glance.cmd." + program + " import main; main()");
    command.addAll(List.of("--config-file", directory.resolve("glance.conf").toString()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(directory.resolve(program + ".out").toFile())
        .start();
  }

  String url() {
    return "http://127.0.0.1:" + port;
  }

  @Override
  public void close() {
    process.destroy();
  }
}
