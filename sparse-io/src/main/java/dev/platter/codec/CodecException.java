package dev.platter.codec;

import java.io.IOException;

/**
 * A compressed block cannot be decoded; the message says how, the caller knows where the block
 * lies.
 */
public final class CodecException extends IOException {
  private static final long serialVersionUID = 1L;

  public CodecException(String message) {
    super(message);
  }
}
