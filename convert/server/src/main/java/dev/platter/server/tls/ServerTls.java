package dev.platter.server.tls;

import dev.platter.server.live.Live;
import java.io.IOException;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/**
 * TLS with a certificate and a key in files. When these change, new connections get what they hold
 * then; while they cannot be used, a certificate that is being replaced for one, the old ones stay.
 */
public final class ServerTls {
  private static final System.Logger LOG = System.getLogger(ServerTls.class.getName());

  private final Live<KeyStore> files;
  private final SslContextFactory.Server context = new SslContextFactory.Server();
  private KeyStore used;

  /**
   * @param certificates the service's own certificate and those of the authorities that it needs
   * @throws IOException if they cannot be used: says the file
   */
  public ServerTls(Path certificates, Path key) throws IOException {
    this(certificates, key, System::nanoTime);
  }

  ServerTls(Path certificates, Path key, LongSupplier clock) throws IOException {
    files = new Live<>("the old certificate stays", new KeyFiles(certificates, key), clock);
    used = files.now().orElseThrow();
    context.setKeyStore(used);
    context.setKeyStorePassword(KeyFiles.PASSWORD);
    context.setIncludeProtocols("TLSv1.3", "TLSv1.2");
    context.setRenegotiationAllowed(false);
  }

  /** What makes connections. */
  public SslContextFactory.Server context() {
    return context;
  }

  /** Uses what the files hold now, if they have changed. */
  public synchronized void refresh() {
    Optional<KeyStore> present = files.now();
    if (present.isEmpty() || present.get() == used) {
      return;
    }
    used = present.get();
    try {
      context.reload(factory -> factory.setKeyStore(used));
    } catch (Exception e) {
      LOG.log(System.Logger.Level.ERROR, "the new certificate cannot be used", e);
    }
  }
}
