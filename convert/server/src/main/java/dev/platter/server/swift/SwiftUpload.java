package dev.platter.server.swift;

import java.io.IOException;

/** An object on its way, of which nothing is seen before its end. One thread writes. */
interface SwiftUpload {
  /** How many bytes were written. */
  long size();

  void write(byte[] bytes, int offset, int length) throws IOException;

  /**
   * Sends the end and hears what became of it.
   *
   * @return the digest of what was written, which is the object's entity tag
   * @throws IOException if the object is not there, or nobody knows whether it is
   */
  String finish() throws IOException;

  /** The digest of what was written; known once it was finished, whatever came of that. */
  String tag();

  /** Gives it up. */
  void abort();
}
