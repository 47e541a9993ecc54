package dev.platter.remote.http;

import java.io.Closeable;
import java.io.IOException;
import java.util.Map;

/** Asks some server for one file, or for parts of it. For any number of threads. */
public interface Requests extends Closeable {
  /**
   * Asks.
   *
   * @param headers beside those that each request has
   * @return an answer that is no redirect, whatever its status; the caller closes it
   * @throws HttpException if asking again is vain
   */
  Answer get(Map<String, String> headers) throws IOException;

  @Override
  void close();
}
