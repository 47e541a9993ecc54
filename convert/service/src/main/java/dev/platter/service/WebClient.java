package dev.platter.service;

import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.ReadableByteChannel;
import java.util.OptionalLong;

/** Fetches what a user named. */
public interface WebClient {
  /**
   * Asks for a URI.
   *
   * @return the answer, its head read; the caller closes it
   * @throws ImportException if the URI is refused, or the server does not give
   */
  Download open(URI uri) throws IOException;

  /** An answer whose body is to be read. */
  interface Download extends Closeable {
    /** The bytes; an early end is an error. */
    ReadableByteChannel body();

    /** How many bytes there will be, where the server says it. */
    OptionalLong size();

    /** Ends it from another thread: whoever reads the body at that moment gets an error. */
    void abort();
  }
}
