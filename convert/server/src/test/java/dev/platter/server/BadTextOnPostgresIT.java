package dev.platter.server;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;

/** The same on PostgreSQL, which keeps no NUL where the embedded database would. */
@Tag("interop")
class BadTextOnPostgresIT extends BadTextTest {
  private PostgresCluster cluster;

  @Override
  RunningServer on(RunningServer embedded) throws Exception {
    cluster = new PostgresCluster();
    return embedded.set("database", "connection", cluster.url()).set("database", "user", "platter");
  }

  @AfterAll
  void endCluster() throws Exception {
    if (cluster != null) {
      cluster.close();
    }
  }
}
