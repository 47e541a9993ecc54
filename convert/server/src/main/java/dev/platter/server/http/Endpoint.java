package dev.platter.server.http;

/** What answers the requests of one route. Runs in a virtual thread of its own and may block. */
@FunctionalInterface
public interface Endpoint {
  /**
   * Answers; a call that was not answered when this returns is answered with 204.
   *
   * @throws ApiException for an error that the caller made
   * @throws Exception for any other: answered with 500, and logged
   */
  void answer(Call call) throws Exception;
}
