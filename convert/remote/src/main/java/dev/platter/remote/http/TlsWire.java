package dev.platter.remote.http;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;

/**
 * TLS over another wire. Records are decrypted where they lie, in an array, which is what the
 * processor's instructions for it take, and copied to the reader's memory.
 */
final class TlsWire implements Wire {
  private static final int RECEIVED_BYTES = 128 << 10;

  private final Wire wire;
  private final SSLEngine engine;

  /** What has come and is not yet decrypted. */
  private ByteBuffer received = ByteBuffer.allocate(RECEIVED_BYTES).limit(0);

  /** What is decrypted and not yet read. */
  private ByteBuffer decrypted = ByteBuffer.allocate(0);

  private ByteBuffer sent = ByteBuffer.allocate(0);

  private TlsWire(Wire wire, SSLEngine engine) {
    this.wire = wire;
    this.engine = engine;
  }

  /**
   * Agrees with a server on keys.
   *
   * @param wire closed with the result, and not if this fails
   * @param host whose certificate it must be
   * @throws SSLException if the server is not trusted, or speaks no TLS that is good enough
   */
  static TlsWire begin(Wire wire, SSLContext context, String host, int port) throws IOException {
    SSLEngine engine = context.createSSLEngine(host, port);
    engine.setUseClientMode(true);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    engine.setSSLParameters(parameters);
    TlsWire encrypted = new TlsWire(wire, engine);
    encrypted.shakeHands();
    return encrypted;
  }

  private void shakeHands() throws IOException {
    engine.beginHandshake();
    answer();
    while (isWaiting(engine.getHandshakeStatus())) {
      int count = decryptAside();
      if (count > 0) {
        throw new SSLException("data came before there were keys");
      }
      if (count < 0) {
        throw new EOFException("the server ended the connection while keys were agreed on");
      }
      answer();
    }
  }

  private static boolean isWaiting(HandshakeStatus status) {
    return status == HandshakeStatus.NEED_UNWRAP || status == HandshakeStatus.NEED_UNWRAP_AGAIN;
  }

  /** Does whatever the protocol asks for but to read: keys may be renewed at any time. */
  private void answer() throws IOException {
    while (true) {
      HandshakeStatus status = engine.getHandshakeStatus();
      if (status == HandshakeStatus.NEED_WRAP) {
        encrypt(ByteBuffer.allocate(0));
      } else if (status == HandshakeStatus.NEED_TASK) {
        Runnable task = engine.getDelegatedTask();
        if (task != null) {
          task.run();
        }
      } else {
        return;
      }
    }
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    while (!decrypted.hasRemaining()) {
      boolean fits = target.remaining() >= engine.getSession().getApplicationBufferSize();
      int count = fits ? decrypt(target) : decryptAside();
      if (count < 0) {
        return -1;
      }
      answer();
      if (fits && count > 0) {
        return count;
      }
    }
    int count = Math.min(decrypted.remaining(), target.remaining());
    target.put(decrypted.slice(decrypted.position(), count));
    decrypted.position(decrypted.position() + count);
    return count;
  }

  private int decryptAside() throws IOException {
    int most = engine.getSession().getApplicationBufferSize();
    if (decrypted.capacity() < most) {
      decrypted = ByteBuffer.allocate(most);
    }
    decrypted.clear();
    try {
      return decrypt(decrypted);
    } finally {
      decrypted.flip();
    }
  }

  /** One record; answers how many bytes of data it had, -1 at the end. */
  private int decrypt(ByteBuffer target) throws IOException {
    while (true) {
      SSLEngineResult result = engine.unwrap(received, target);
      switch (result.getStatus()) {
        case OK -> {
          return result.bytesProduced();
        }
        case CLOSED -> {
          return -1;
        }
        case BUFFER_UNDERFLOW -> {
          if (!receive()) {
            return -1; // whether too soon, those know who count the bytes
          }
        }
        case BUFFER_OVERFLOW -> throw new SSLException("a record larger than there can be");
      }
    }
  }

  private boolean receive() throws IOException {
    if (received.remaining() == received.capacity()) {
      throw new SSLException("a record larger than there can be");
    }
    received.compact();
    try {
      return wire.read(received) >= 0;
    } finally {
      received.flip();
    }
  }

  @Override
  public void write(ByteBuffer source) throws IOException {
    while (source.hasRemaining()) {
      if (encrypt(source) == 0) {
        throw new SSLException("the server wants to agree on keys anew");
      }
    }
  }

  private int encrypt(ByteBuffer source) throws IOException {
    int most = engine.getSession().getPacketBufferSize();
    if (sent.capacity() < most) {
      sent = ByteBuffer.allocate(most);
    }
    sent.clear();
    SSLEngineResult result = engine.wrap(source, sent);
    sent.flip();
    wire.write(sent);
    if (result.getStatus() != SSLEngineResult.Status.OK) {
      throw new SSLException("the connection is " + result.getStatus());
    }
    return result.bytesConsumed();
  }

  @Override
  public boolean isQuiet() {
    return !decrypted.hasRemaining() && wire.isQuiet();
  }

  /** Without a word to the server, who would only see that nothing more is asked for. */
  @Override
  public void close() {
    wire.close();
  }
}
