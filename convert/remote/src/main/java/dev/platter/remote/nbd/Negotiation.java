package dev.platter.remote.nbd;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The server's side of the handshake: fixed newstyle, option by option. */
final class Negotiation {
  /** How long a client may take to choose. */
  private static final long SECONDS = 10;

  /** The longest option that is looked at; longer ones are refused and passed over. */
  private static final int MAX_OPTION_BYTES = 64 << 10;

  /** The longest that is even passed over. */
  private static final int MAX_SKIPPED_BYTES = 1 << 20;

  private static final int MAX_OPTIONS = 1000;
  private static final int MAX_QUERIES = 100;

  private final Input input;
  private final Output output;
  private final List<NbdExport> exports;
  private boolean noZeroes;
  private boolean structuredReplies;
  private NbdExport contextsOf;
  private List<StatusContext> contexts = List.of();

  Negotiation(SocketChannel channel, List<NbdExport> exports) {
    this.input = new Input(channel);
    this.output = new Output(channel, 256);
    this.exports = exports;
  }

  /** What the client sends after the handshake has been read by this in part. */
  Input input() {
    return input;
  }

  /**
   * Comes to an agreement in good time.
   *
   * @return null: the client wanted none
   */
  Agreement within(SocketChannel channel) throws IOException {
    CompletableFuture<Void> done = new CompletableFuture<>();
    done.orTimeout(SECONDS, TimeUnit.SECONDS)
        .exceptionally(late -> {
          closeQuietly(channel);
          return null;
        });
    try {
      return agree();
    } finally {
      done.complete(null);
    }
  }

  private static void closeQuietly(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      // It is closed all the same.
    }
  }

  private Agreement agree() throws IOException {
    output
        .putLong(Protocol.NBDMAGIC)
        .putLong(Protocol.IHAVEOPT)
        .putShort(Protocol.NBD_FLAG_FIXED_NEWSTYLE | Protocol.NBD_FLAG_NO_ZEROES)
        .send();
    if (input.atEnd()) {
      return null;
    }
    int flags = input.readInt();
    if ((flags & ~(Protocol.NBD_FLAG_C_FIXED_NEWSTYLE | Protocol.NBD_FLAG_C_NO_ZEROES)) != 0) {
      throw new NbdException("unknown client flags 0x" + Integer.toHexString(flags));
    }
    noZeroes = (flags & Protocol.NBD_FLAG_C_NO_ZEROES) != 0;
    for (int i = 0; i < MAX_OPTIONS && !input.atEnd(); i++) {
      long magic = input.readLong();
      if (magic != Protocol.IHAVEOPT) {
        throw new NbdException("an option begins with 0x" + Long.toHexString(magic));
      }
      int option = input.readInt();
      int length = input.readInt();
      if (length < 0 || length > MAX_SKIPPED_BYTES) {
        throw new NbdException("an option of " + Integer.toUnsignedString(length) + " bytes");
      }
      if (option == Protocol.NBD_OPT_EXPORT_NAME) {
        return byName(length);
      }
      if (option == Protocol.NBD_OPT_ABORT) {
        input.skip(length);
        acknowledgeAbort();
        return null;
      }
      NbdExport chosen = answer(option, length);
      if (chosen != null) {
        return new Agreement(
            chosen, structuredReplies, chosen == contextsOf ? contexts : List.of());
      }
    }
    return null;
  }

  private void acknowledgeAbort() {
    try {
      reply(Protocol.NBD_OPT_ABORT, Protocol.NBD_REP_ACK);
    } catch (IOException e) {
      // The client need not wait for it, and may be gone.
      return;
    }
  }

  /** {@code NBD_OPT_EXPORT_NAME}: an answer in the old form, or the connection ends. */
  private Agreement byName(int length) throws IOException {
    if (length > Protocol.MAX_STRING_BYTES) {
      throw new NbdException("an export name of " + length + " bytes");
    }
    NbdExport export = exportNamed(input.readText(length));
    if (export == null) {
      throw new NbdException("the client asked for an export that there is not");
    }
    output.putLong(export.size()).putShort(flags(export, structuredReplies));
    if (!noZeroes) {
      output.putBytes(new byte[Protocol.EXPORT_NAME_PADDING]);
    }
    output.send();
    return new Agreement(export, structuredReplies, export == contextsOf ? contexts : List.of());
  }

  /** Answers an option; the export, once the client has chosen one. */
  private NbdExport answer(int option, int length) throws IOException {
    if (length > MAX_OPTION_BYTES) {
      input.skip(length);
      refuse(option, Protocol.NBD_REP_ERR_TOO_BIG, "the option is too long");
      return null;
    }
    switch (option) {
      case Protocol.NBD_OPT_LIST -> list(length);
      case Protocol.NBD_OPT_STRUCTURED_REPLY -> {
        input.skip(length);
        if (length != 0) {
          refuse(option, Protocol.NBD_REP_ERR_INVALID, "this option has no data");
        } else {
          structuredReplies = true;
          reply(option, Protocol.NBD_REP_ACK);
        }
      }
      case Protocol.NBD_OPT_INFO, Protocol.NBD_OPT_GO -> {
        NbdExport export = info(option, new OptionReader(input, length));
        return option == Protocol.NBD_OPT_GO ? export : null;
      }
      case Protocol.NBD_OPT_LIST_META_CONTEXT, Protocol.NBD_OPT_SET_META_CONTEXT ->
          metaContexts(option, new OptionReader(input, length));
      default -> {
        input.skip(length);
        refuse(option, Protocol.NBD_REP_ERR_UNSUP, "this server does not know the option");
      }
    }
    return null;
  }

  private void list(int length) throws IOException {
    input.skip(length);
    if (length != 0) {
      refuse(Protocol.NBD_OPT_LIST, Protocol.NBD_REP_ERR_INVALID, "this option has no data");
      return;
    }
    for (NbdExport export : exports) {
      byte[] name = Output.bytes(export.name());
      byte[] description = Output.bytes(export.description());
      head(
          Protocol.NBD_OPT_LIST,
          Protocol.NBD_REP_SERVER,
          Integer.BYTES + name.length + description.length);
      output.putInt(name.length).putBytes(name).putBytes(description).send();
    }
    reply(Protocol.NBD_OPT_LIST, Protocol.NBD_REP_ACK);
  }

  private NbdExport info(int option, OptionReader data) throws IOException {
    String name = data.text();
    int requests = data.count(Short.BYTES);
    for (int i = 0; i < requests; i++) {
      data.readShort(); // All that there is to know is told anyway.
    }
    if (!data.ended()) {
      refuse(option, Protocol.NBD_REP_ERR_INVALID, "the option's lengths do not add up");
      return null;
    }
    NbdExport export = name == null ? null : exportNamed(name);
    if (export == null) {
      refuse(option, Protocol.NBD_REP_ERR_UNKNOWN, "there is no export of that name");
      return null;
    }
    head(option, Protocol.NBD_REP_INFO, 12);
    output
        .putShort(Protocol.NBD_INFO_EXPORT)
        .putLong(export.size())
        .putShort(flags(export, structuredReplies))
        .send();
    text(option, Protocol.NBD_INFO_NAME, export.name());
    text(option, Protocol.NBD_INFO_DESCRIPTION, export.description());
    head(option, Protocol.NBD_REP_INFO, 14);
    output
        .putShort(Protocol.NBD_INFO_BLOCK_SIZE)
        .putInt(1)
        .putInt(export.preferredBytes())
        .putInt(Protocol.MAX_PAYLOAD_BYTES)
        .send();
    reply(option, Protocol.NBD_REP_ACK);
    return export;
  }

  private void text(int option, int kind, String text) throws IOException {
    byte[] bytes = Output.bytes(text);
    head(option, Protocol.NBD_REP_INFO, Short.BYTES + bytes.length);
    output.putShort(kind).putBytes(bytes).send();
  }

  private void metaContexts(int option, OptionReader data) throws IOException {
    boolean set = option == Protocol.NBD_OPT_SET_META_CONTEXT;
    String name = data.text();
    int count = data.readInt();
    List<String> queries = new ArrayList<>();
    for (int i = 0; i < count && i < MAX_QUERIES && !data.failed(); i++) {
      queries.add(data.text());
    }
    if (!data.ended() || count < 0 || count > MAX_QUERIES) {
      refuse(option, Protocol.NBD_REP_ERR_INVALID, "the queries cannot be understood");
      return;
    }
    if (!structuredReplies) {
      refuse(option, Protocol.NBD_REP_ERR_INVALID, "ask for structured replies first");
      return;
    }
    NbdExport export = name == null ? null : exportNamed(name);
    if (export == null) {
      refuse(option, Protocol.NBD_REP_ERR_UNKNOWN, "there is no export of that name");
      return;
    }
    List<StatusContext> answers = new ArrayList<>();
    for (StatusContext context : StatusContext.of(export)) {
      boolean asked = !set && queries.isEmpty();
      for (String query : queries) {
        asked |= query != null && (query.equals(context.name()) || lists(set, query, context));
      }
      if (asked) {
        answers.add(context);
      }
    }
    for (int i = 0; i < answers.size(); i++) {
      byte[] text = Output.bytes(answers.get(i).name());
      head(option, Protocol.NBD_REP_META_CONTEXT, Integer.BYTES + text.length);
      output.putInt(set ? i + 1 : 0).putBytes(text).send();
    }
    if (set) {
      contexts = answers;
      contextsOf = export;
    }
    reply(option, Protocol.NBD_REP_ACK);
  }

  /** A query that ends with a colon asks, in a list, for all that begins so. */
  private static boolean lists(boolean set, String query, StatusContext context) {
    return !set && query.endsWith(":") && context.name().startsWith(query);
  }

  /** The export of that name; the only one also answers to none. */
  private NbdExport exportNamed(String name) {
    for (NbdExport export : exports) {
      if (export.name().equals(name)) {
        return export;
      }
    }
    return name.isEmpty() && exports.size() == 1 ? exports.getFirst() : null;
  }

  private static int flags(NbdExport export, boolean structuredReplies) {
    int flags =
        Protocol.NBD_FLAG_HAS_FLAGS
            | Protocol.NBD_FLAG_SEND_FLUSH
            | Protocol.NBD_FLAG_SEND_FUA
            | Protocol.NBD_FLAG_CAN_MULTI_CONN;
    flags |=
        export.isWritable()
            ? Protocol.NBD_FLAG_SEND_TRIM | Protocol.NBD_FLAG_SEND_WRITE_ZEROES
            : Protocol.NBD_FLAG_READ_ONLY;
    return structuredReplies ? flags | Protocol.NBD_FLAG_SEND_DF : flags;
  }

  private Output head(int option, int type, int length) {
    return output.putLong(Protocol.OPTION_REPLY_MAGIC).putInt(option).putInt(type).putInt(length);
  }

  private void reply(int option, int type) throws IOException {
    head(option, type, 0).send();
  }

  private void refuse(int option, int type, String why) throws IOException {
    byte[] bytes = Output.bytes(why);
    head(option, type, bytes.length);
    output.putBytes(bytes).send();
  }

  /** The data of one option, of which all are read, whatever they say. */
  private static final class OptionReader {
    private final Input input;
    private int left;
    private boolean failed;

    OptionReader(Input input, int length) {
      this.input = input;
      this.left = length;
    }

    /** A length and so many bytes of text; null: it is too long or no text. */
    String text() throws IOException {
      int length = readInt();
      if (failed || length < 0 || length > left) {
        failed = true;
        return null;
      }
      left -= length;
      if (length > Protocol.MAX_STRING_BYTES) {
        input.skip(length);
        return null;
      }
      try {
        return input.readText(length);
      } catch (CharacterCodingException e) {
        return null;
      }
    }

    int count(int itemBytes) throws IOException {
      int count = readShort();
      failed |= (long) count * itemBytes > left;
      return failed ? 0 : count;
    }

    int readShort() throws IOException {
      return take(Short.BYTES) ? input.readShort() : 0;
    }

    int readInt() throws IOException {
      return take(Integer.BYTES) ? input.readInt() : 0;
    }

    private boolean take(int bytes) {
      failed |= left < bytes;
      left -= failed ? 0 : bytes;
      return !failed;
    }

    boolean failed() {
      return failed;
    }

    /** Passes over what is left; whether there was nothing, and nothing was missing. */
    boolean ended() throws IOException {
      int rest = left;
      input.skip(rest);
      left = 0;
      return rest == 0 && !failed;
    }
  }
}
