package dev.platter.remote.nbd;

import java.io.IOException;

/**
 * What a client asks for.
 *
 * @param cookie is repeated in the reply
 * @param offset a guest offset, as the client says it: unsigned, unchecked
 * @param length bytes, 0 to 4 GiB
 */
record Request(int flags, int command, long cookie, long offset, long length) {
  static Request read(Input input) throws IOException {
    int magic = input.readInt();
    if (magic != Protocol.NBD_REQUEST_MAGIC) {
      throw new NbdException("a request begins with 0x" + Integer.toHexString(magic));
    }
    int flags = input.readShort();
    int command = input.readShort();
    long cookie = input.readLong();
    long offset = input.readLong();
    return new Request(flags, command, cookie, offset, Integer.toUnsignedLong(input.readInt()));
  }

  boolean has(int flag) {
    return (flags & flag) != 0;
  }

  /** Whether it lies within a disk of that size. */
  boolean fits(long size) {
    return offset >= 0 && offset <= size && length <= size - offset;
  }

  long end() {
    return offset + length;
  }
}
