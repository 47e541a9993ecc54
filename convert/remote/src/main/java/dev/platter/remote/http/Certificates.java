package dev.platter.remote.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/** Which servers are believed to be those that they say. */
final class Certificates {
  private Certificates() {}

  /**
   * What TLS needs to know.
   *
   * @param bundle the certificates to trust instead of the runtime's
   */
  static SSLContext context(Optional<Path> bundle, HttpAddress.Trust trust) throws IOException {
    if (trust == HttpAddress.Trust.ANY) {
      return context(new TrustManager[] {new TrustAnything()});
    }
    if (bundle.isPresent()) {
      return context(trusting(bundle.get()));
    }
    try {
      return SSLContext.getDefault();
    } catch (NoSuchAlgorithmException e) {
      throw new HttpException("no TLS: " + e.getMessage(), e);
    }
  }

  private static SSLContext context(TrustManager[] trusted) throws HttpException {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trusted, new SecureRandom());
      return context;
    } catch (GeneralSecurityException e) {
      throw new HttpException("no TLS: " + e.getMessage(), e);
    }
  }

  private static TrustManager[] trusting(Path bundle) throws IOException {
    try (InputStream pem = Files.newInputStream(bundle)) {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      int number = 0;
      for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
        store.setCertificateEntry(Integer.toString(number++), each);
      }
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(store);
      return factory.getTrustManagers();
    } catch (GeneralSecurityException | IOException e) {
      throw new HttpException("SSL_CERT_FILE: no certificates in " + bundle, e);
    }
  }

  /** What {@code sslverify=off} asks for. */
  private static final class TrustAnything extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
