package dev.platter.remote.ebs;

import dev.platter.remote.http.HttpException;

/** The service says no. */
final class Refusal extends HttpException {
  private static final long serialVersionUID = 1L;

  private final String kind;

  Refusal(String kind, String message) {
    super(message);
    this.kind = kind;
  }

  /** What it calls that: {@code ValidationException}. */
  String kind() {
    return kind;
  }
}
