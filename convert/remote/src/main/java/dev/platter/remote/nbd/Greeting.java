package dev.platter.remote.nbd;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/** The client's side of the handshake. */
final class Greeting {
  /** How much of a server's answer is looked at. */
  private static final int MAX_ANSWER_BYTES = 64 << 10;

  private static final int MAX_ANSWERS = 10_000;

  private final String name;
  private final Input input;
  private final Output output;
  private boolean noZeroes;

  /**
   * @param name how errors call the server
   */
  Greeting(String name, SocketChannel channel) {
    this.name = name;
    this.input = new Input(channel);
    this.output = new Output(channel, 256);
  }

  /**
   * What the server said of the disk.
   *
   * @param flags {@code NBD_FLAG_*}
   * @param structured whether replies come in chunks
   * @param allocationContext the number of {@code base:allocation}; -1: the server does not tell it
   */
  record Offer(
      long size,
      int flags,
      boolean structured,
      int allocationContext,
      int minimumBytes,
      int maximumBytes) {
    boolean has(int flag) {
      return (flags & flag) != 0;
    }
  }

  Input input() {
    return input;
  }

  /** Asks for a disk. */
  Offer ask(String export) throws IOException {
    begin();
    boolean structured = agree(Protocol.NBD_OPT_STRUCTURED_REPLY, new byte[0]).isEmpty();
    int context = structured ? allocationContext(export) : -1;
    return go(export, structured, context);
  }

  /** The names and descriptions of what the server offers. */
  List<String> list() throws IOException {
    begin();
    option(Protocol.NBD_OPT_LIST, new byte[0]);
    List<String> names = new ArrayList<>();
    for (int i = 0; i < MAX_ANSWERS; i++) {
      Answer answer = answer(Protocol.NBD_OPT_LIST);
      if (answer.type() == Protocol.NBD_REP_ACK) {
        return names;
      }
      if (answer.type() != Protocol.NBD_REP_SERVER || answer.length() < Integer.BYTES) {
        throw refused(answer);
      }
      int length = input.readInt();
      if (length < 0 || length > answer.length() - Integer.BYTES) {
        throw broken("a name of " + length + " bytes");
      }
      names.add(input.readText(length));
      input.skip(answer.length() - Integer.BYTES - length);
    }
    throw broken("a list without an end");
  }

  private void begin() throws IOException {
    long magic = input.readLong();
    if (magic != Protocol.NBDMAGIC) {
      throw broken("it is no NBD server: it began with 0x" + Long.toHexString(magic));
    }
    long style = input.readLong();
    if (style != Protocol.IHAVEOPT) {
      throw broken("it speaks the protocol's old style only");
    }
    int flags = input.readShort();
    if ((flags & Protocol.NBD_FLAG_FIXED_NEWSTYLE) == 0) {
      throw broken("it does not speak the fixed newstyle");
    }
    noZeroes = (flags & Protocol.NBD_FLAG_NO_ZEROES) != 0;
    output
        .putInt(Protocol.NBD_FLAG_C_FIXED_NEWSTYLE | (noZeroes ? Protocol.NBD_FLAG_C_NO_ZEROES : 0))
        .send();
  }

  private int allocationContext(String export) throws IOException {
    byte[] name = Output.bytes(export);
    byte[] query = Output.bytes(Protocol.BASE_ALLOCATION);
    output
        .putLong(Protocol.IHAVEOPT)
        .putInt(Protocol.NBD_OPT_SET_META_CONTEXT)
        .putInt(3 * Integer.BYTES + name.length + query.length)
        .putInt(name.length)
        .putBytes(name)
        .putInt(1)
        .putInt(query.length)
        .putBytes(query)
        .send();
    int context = -1;
    for (int i = 0; i < MAX_ANSWERS; i++) {
      Answer answer = answer(Protocol.NBD_OPT_SET_META_CONTEXT);
      if (answer.type() == Protocol.NBD_REP_META_CONTEXT && answer.length() >= Integer.BYTES) {
        int number = input.readInt();
        String text = input.readText(answer.length() - Integer.BYTES);
        if (text.equals(Protocol.BASE_ALLOCATION)) {
          context = number;
        }
      } else {
        input.skip(answer.length());
        return answer.type() == Protocol.NBD_REP_ACK ? context : -1;
      }
    }
    throw broken("a list without an end");
  }

  private Offer go(String export, boolean structured, int context) throws IOException {
    byte[] name = Output.bytes(export);
    output
        .putLong(Protocol.IHAVEOPT)
        .putInt(Protocol.NBD_OPT_GO)
        .putInt(Integer.BYTES + name.length + 2 * Short.BYTES)
        .putInt(name.length)
        .putBytes(name)
        .putShort(1)
        .putShort(Protocol.NBD_INFO_BLOCK_SIZE)
        .send();
    long size = -1;
    int flags = 0;
    int minimum = 1;
    int maximum = Protocol.MAX_PAYLOAD_BYTES;
    for (int i = 0; i < MAX_ANSWERS; i++) {
      Answer answer = answer(Protocol.NBD_OPT_GO);
      if (answer.type() == Protocol.NBD_REP_ACK) {
        return offer(size, flags, structured, context, minimum, maximum);
      }
      if (answer.type() == Protocol.NBD_REP_ERR_UNSUP) {
        input.skip(answer.length());
        return byName(name, structured, context);
      }
      if (answer.type() != Protocol.NBD_REP_INFO || answer.length() < Short.BYTES) {
        throw refused(answer);
      }
      int kind = input.readShort();
      int rest = answer.length() - Short.BYTES;
      if (kind == Protocol.NBD_INFO_EXPORT && rest == Long.BYTES + Short.BYTES) {
        size = input.readLong();
        flags = input.readShort();
      } else if (kind == Protocol.NBD_INFO_BLOCK_SIZE && rest == 3 * Integer.BYTES) {
        minimum = input.readInt();
        input.readInt();
        maximum = input.readInt();
      } else {
        input.skip(rest);
      }
    }
    throw broken("a list without an end");
  }

  /** {@code NBD_OPT_EXPORT_NAME}, for servers that do not know {@code NBD_OPT_GO}. */
  private Offer byName(byte[] name, boolean structured, int context) throws IOException {
    option(Protocol.NBD_OPT_EXPORT_NAME, name);
    if (input.atEnd()) {
      throw broken("it has no export of that name");
    }
    long size = input.readLong();
    int flags = input.readShort();
    if (!noZeroes) {
      input.skip(Protocol.EXPORT_NAME_PADDING);
    }
    return offer(size, flags, structured, context, 1, Protocol.MAX_PAYLOAD_BYTES);
  }

  private Offer offer(
      long size, int flags, boolean structured, int context, int minimum, int maximum)
      throws NbdException {
    if (size < 0) {
      throw broken("a disk of " + Long.toUnsignedString(size) + " bytes");
    }
    boolean sensible = minimum >= 1 && minimum <= 64 << 10 && Integer.bitCount(minimum) == 1;
    if (!sensible) {
      throw broken("requests of at least " + Integer.toUnsignedString(minimum) + " bytes");
    }
    int most =
        maximum < 0 ? Protocol.MAX_PAYLOAD_BYTES : Math.min(maximum, Protocol.MAX_PAYLOAD_BYTES);
    most -= most % minimum;
    if (most < minimum) {
      throw broken("requests of at most " + maximum + " bytes");
    }
    return new Offer(size, flags, structured, context, minimum, most);
  }

  /** Sends an option that is answered by yes or no; the server's reason where it is no. */
  private java.util.Optional<NbdException> agree(int option, byte[] data) throws IOException {
    option(option, data);
    Answer answer = answer(option);
    if (answer.type() == Protocol.NBD_REP_ACK) {
      input.skip(answer.length());
      return java.util.Optional.empty();
    }
    return java.util.Optional.of(refused(answer));
  }

  private void option(int option, byte[] data) throws IOException {
    output.putLong(Protocol.IHAVEOPT).putInt(option).putInt(data.length).putBytes(data).send();
  }

  private Answer answer(int option) throws IOException {
    long magic = input.readLong();
    int of = input.readInt();
    int type = input.readInt();
    int length = input.readInt();
    if (magic != Protocol.OPTION_REPLY_MAGIC || of != option) {
      throw broken("an answer to another question");
    }
    if (length < 0 || length > MAX_ANSWER_BYTES) {
      throw broken("an answer of " + Integer.toUnsignedString(length) + " bytes");
    }
    return new Answer(type, length);
  }

  private record Answer(int type, int length) {}

  private NbdException refused(Answer answer) throws IOException {
    if (answer.type() == Protocol.NBD_REP_ERR_TLS_REQD) {
      input.skip(answer.length());
      return broken("it requires TLS, which is not supported");
    }
    if (answer.type() >= 0) {
      return broken("an answer of type " + answer.type());
    }
    String why = input.readText(answer.length());
    String what =
        answer.type() == Protocol.NBD_REP_ERR_UNKNOWN
            ? "it has no export of that name"
            : "it refuses";
    return broken(why.isEmpty() ? what : what + ": " + why);
  }

  private NbdException broken(String what) {
    return new NbdException(name + ": " + what);
  }
}
