package dev.platter.storage;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * Names of files as text, and back, without the loss of a byte.
 *
 * <p>To the system a name is bytes, mostly UTF-8. As text it is what those bytes mean in UTF-8,
 * whatever the locale, and a byte that is no part of a character is the lone surrogate U+DC00 +
 * byte (U+DC80 to U+DCFF), which no other text has. A {@link Path} holds any bytes, but {@link
 * Path#of(String, String...)} does not take such text, and {@link Path#toString()} does not give
 * it: so names go from text to paths and back here. Safe for use by many threads.
 */
public final class FileNames {
  private static final char FIRST_ODD = '\uDC80';
  private static final char LAST_ODD = '\uDCFF';
  private static final char REPLACED = '\uFFFD';
  private static final String PLAIN = "/-._";

  private static final Charset PLATFORM =
      Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"), Charset.defaultCharset());
  private static final boolean UTF_8 = PLATFORM.equals(StandardCharsets.UTF_8);

  private FileNames() {}

  /** The text of a name's bytes. */
  public static String text(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.UTF_8);
    return text.indexOf(REPLACED) < 0 ? text : withOddBytes(bytes);
  }

  /**
   * The bytes of a name's text.
   *
   * @throws IllegalArgumentException if it has half a character, which no bytes mean
   */
  public static byte[] bytes(String text) {
    if (isCharacters(text)) {
      return text.getBytes(StandardCharsets.UTF_8);
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
    int from = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isSurrogate(c)) {
        if (isPair(text, i)) {
          i++;
        } else if (isOddByte(c)) {
          bytes.writeBytes(text.substring(from, i).getBytes(StandardCharsets.UTF_8));
          bytes.write(c);
          from = i + 1;
        } else {
          throw new IllegalArgumentException("half a character at " + i);
        }
      }
    }
    bytes.writeBytes(text.substring(from).getBytes(StandardCharsets.UTF_8));
    return bytes.toByteArray();
  }

  /** Whether all of a text is characters, so that it can be written in any Unicode encoding. */
  public static boolean isCharacters(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        if (!isPair(text, i)) {
          return false;
        }
        i++;
      }
    }
    return true;
  }

  /** Whether {@code c}, found alone in a text, stands for a byte that is no part of a character. */
  public static boolean isOddByte(char c) {
    return c >= FIRST_ODD && c <= LAST_ODD;
  }

  /**
   * The path of a text.
   *
   * @throws InvalidPathException if no file can have that name
   */
  public static Path path(String text) {
    if (UTF_8 ? isCharacters(text) : isAscii(text)) {
      return Path.of(text);
    }
    byte[] bytes;
    try {
      bytes = bytes(text);
    } catch (IllegalArgumentException e) {
      throw new InvalidPathException(text, e.getMessage());
    }
    // A URI is the one way to a path of any bytes. It is absolute; a relative path is cut out of
    // it.
    boolean absolute = bytes.length > 0 && bytes[0] == '/';
    StringBuilder uri = new StringBuilder(absolute ? "file://" : "file:///");
    for (byte b : bytes) {
      if (b == 0) {
        throw new InvalidPathException(text, "Nul character not allowed");
      }
      if (b > 0 && (Character.isLetterOrDigit(b) || PLAIN.indexOf(b) >= 0)) {
        uri.append((char) b);
      } else {
        uri.append('%').append(hexDigit(b >> 4)).append(hexDigit(b));
      }
    }
    Path path = Path.of(URI.create(uri.toString()));
    return absolute ? path : path.subpath(0, path.getNameCount());
  }

  /** The text of a path. */
  public static String text(Path path) {
    String text = path.toString();
    return isWhole(path, text) ? text : text(rawBytes(path));
  }

  /** The bytes of a path of the default file system. */
  static byte[] bytes(Path path) {
    String text = path.toString();
    return isWhole(path, text) ? text.getBytes(StandardCharsets.UTF_8) : rawBytes(path);
  }

  private static boolean isWhole(Path path, String text) {
    return (UTF_8 ? text.indexOf(REPLACED) < 0 : isAscii(text))
        || path.getFileSystem() != FileSystems.getDefault();
  }

  private static byte[] rawBytes(Path path) {
    boolean absolute = path.isAbsolute();
    // A URI has a slash at the end of what happens to be a directory.
    String uri = (absolute ? path : Path.of("/").resolve(path)).toUri().getRawPath();
    int end = uri.length() > 1 && uri.endsWith("/") ? uri.length() - 1 : uri.length();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(end);
    for (int i = absolute ? 0 : 1; i < end; i++) {
      char c = uri.charAt(i);
      if (c == '%') {
        c = (char) Integer.parseInt(uri, i + 1, i + 3, 16);
        i += 2;
      }
      bytes.write(c);
    }
    return bytes.toByteArray();
  }

  private static String withOddBytes(byte[] bytes) {
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(bytes.length);
    while (true) {
      CoderResult result = decoder.decode(in, out, true);
      if (!result.isError()) {
        return out.flip().toString();
      }
      for (int i = 0; i < result.length(); i++) {
        out.put((char) (0xDC00 + (in.get() & 0xff)));
      }
      decoder.reset();
    }
  }

  private static boolean isPair(String text, int i) {
    return i + 1 < text.length() && Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1));
  }

  private static boolean isAscii(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) >= 0x80) {
        return false;
      }
    }
    return true;
  }

  private static char hexDigit(int value) {
    return "0123456789ABCDEF".charAt(value & 0xf);
  }
}
