package dev.platter.server;

import dev.platter.server.db.Session;
import dev.platter.server.image.Image;
import dev.platter.server.imports.ImportWorker;
import dev.platter.server.info.Metrics;
import dev.platter.server.quota.Quotas;
import dev.platter.service.ImportListener;
import java.sql.SQLException;
import java.util.function.UnaryOperator;

/**
 * Counts what imports do, and keeps them within quotas.
 *
 * @param listeners wraps what is told how imports go
 */
record WatchedImports(UnaryOperator<ImportListener> listeners, Quotas quotas, Metrics metrics)
    implements ImportWorker.Observer {
  @Override
  public void ended(String method, boolean success, long nanos) {
    metrics.imported(method, success, nanos);
  }

  @Override
  public ImportListener listener(ImportListener record) {
    return listeners.apply(record);
  }

  @Override
  public void stored(Session session, Image image) throws SQLException {
    quotas.checkStored(session, image.fields().owner());
  }

  @Override
  public void copied(String store, long bytes) {
    metrics.stored(store, bytes);
  }

  @Override
  public void storeFailed(String store) {
    metrics.storeFailed(store);
  }
}
