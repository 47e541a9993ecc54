package dev.platter.remote.http;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.util.Map;

/** Asks some server for one file, or for parts of it. For any number of threads. */
public interface Requests extends Closeable {
  /**
   * Asks.
   *
   * @param headers beside those that each request has
   * @return an answer that is no redirect, whatever its status; the caller closes its body
   * @throws HttpException if asking again is vain
   */
  HttpResponse<InputStream> get(Map<String, String> headers) throws IOException;

  @Override
  void close();
}
