package dev.platter.remote.http;

import java.io.IOException;
import java.net.ProtocolException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How an answer begins: its status and its fields (RFC 9112, sections 4 to 6).
 *
 * @param isLatest whether the server speaks HTTP/1.1, and not only 1.0
 * @param fields by their names, in whatever case
 */
record Head(int status, boolean isLatest, Map<String, List<String>> fields) {
  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.([0-9]) ([1-9][0-9]{2})( .*)?");
  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,18}");
  private static final Pattern NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
  private static final String LENGTH = "Content-Length";
  private static final String CODING = "Transfer-Encoding";
  private static final String CHUNKED = "chunked";
  private static final int MOST_FIELDS = 500;
  private static final int MOST_INTERIM = 20;

  /**
   * Reads one; what only says that another one follows is passed over.
   *
   * @param timeout how long all of it may take
   * @throws ProtocolException if it is none
   */
  static Head read(Link link, Duration timeout) throws IOException {
    long until = System.nanoTime() + timeout.toNanos();
    for (int number = 0; number < MOST_INTERIM; number++) {
      Matcher status = STATUS.matcher(link.line(until));
      if (!status.matches()) {
        throw new ProtocolException("the server does not speak HTTP/1.1");
      }
      Map<String, List<String>> fields = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
      int count = 0;
      for (String line = link.line(until); !line.isEmpty(); line = link.line(until)) {
        if (++count > MOST_FIELDS) {
          throw new ProtocolException("an answer with more than " + MOST_FIELDS + " fields");
        }
        add(fields, line);
      }
      Head head = new Head(Integer.parseInt(status.group(2)), !status.group(1).equals("0"), fields);
      if (head.status >= 200) {
        return head;
      }
    }
    throw new ProtocolException("the answer does not begin");
  }

  private static void add(Map<String, List<String>> fields, String line) throws ProtocolException {
    int colon = line.indexOf(':');
    if (colon < 0 || !NAME.matcher(line.substring(0, colon)).matches()) {
      throw new ProtocolException("an answer with a field that has no name");
    }
    String name = line.substring(0, colon);
    String value = line.substring(colon + 1).strip();
    List<String> values = fields.computeIfAbsent(name, key -> new ArrayList<>());
    values.add(value);
    boolean isOther = !values.getFirst().equals(value);
    if (name.equalsIgnoreCase(LENGTH) && (isOther || !NUMBER.matcher(value).matches())) {
      throw new ProtocolException("an answer whose length is no number");
    }
    if (name.equalsIgnoreCase(CODING) && (values.size() > 1 || !value.equalsIgnoreCase(CHUNKED))) {
      throw new ProtocolException("an answer that comes in no way that is known");
    }
  }

  /** All of a name. */
  List<String> values(String name) {
    return fields.getOrDefault(name, List.of());
  }

  /** How many bytes follow, where that is said. */
  OptionalLong length() {
    List<String> values = values(LENGTH);
    return values.isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of(Long.parseLong(values.getFirst()));
  }

  boolean isChunked() {
    return fields.containsKey(CODING);
  }

  /** Whether bytes follow at all (RFC 9112, section 6.3). */
  boolean hasBody() {
    return status != 204 && status != 304;
  }

  /** Whether the server takes another request after this one. */
  boolean isKept() {
    return isLatest
        && values("Connection").stream()
            .noneMatch(text -> text.toLowerCase(Locale.ROOT).contains("close"));
  }
}
