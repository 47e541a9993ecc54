package dev.platter.image.support;

import dev.platter.image.ImageException;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.io.StringReader;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * A walk through a small XML document that a stranger wrote, such as the description of an image
 * that consists of several files. Document types, and with them entities of all kinds, are refused
 * unless a property list is read, whose type is told and says nothing; size, depth and, but for
 * property lists, the length of texts are bounded. Elements and attributes go by their local names,
 * whatever their namespaces. For one document, by one thread.
 */
public abstract class XmlWalk {
  /** More of a text is passed over. */
  private static final int MAX_TEXT = 4096;

  private static final int DECLARATION = 200;
  private static final String TYPE = "<!DOCTYPE";

  /** Made once there is a document: whether there is one is asked of each file that is opened. */
  private static final class Patterns {
    static final Pattern ENCODING =
        Pattern.compile(
            "^(?:\u00EF\u00BB\u00BF)?<\\?xml\\s[^>]*?encoding\\s*=\\s*[\"']([A-Za-z0-9._-]{1,40})[\"']");

    /** A document type that declares nothing here. */
    static final Pattern BARE_TYPE = Pattern.compile(TYPE + "[^\\[<>]*>");
  }

  private final String what;
  private final boolean isPropertyList;
  private final int maxDepth;
  private final Deque<String> path = new ArrayDeque<>();
  private final StringBuilder text = new StringBuilder();

  /**
   * @param what what messages call the document
   * @param maxDepth how deep elements may be nested
   */
  protected XmlWalk(String what, int maxDepth) {
    this(what, maxDepth, false);
  }

  /**
   * @param isPropertyList whether there may be a document type that declares nothing, and texts as
   *     long as the document, which are handed over as they are
   */
  protected XmlWalk(String what, int maxDepth, boolean isPropertyList) {
    this.what = what;
    this.maxDepth = maxDepth;
    this.isPropertyList = isPropertyList;
  }

  /**
   * Whether a document can begin like this: with a tag, behind blanks and perhaps a mark of the
   * order of its bytes. Of most files the first byte tells that there is none.
   */
  public static boolean mayBegin(MemorySegment head) {
    for (long at = 0; at < head.byteSize(); at++) {
      byte next = head.get(ValueLayout.JAVA_BYTE, at);
      if (next < 0) { // of such a mark, or of a blank that is no ASCII
        int lead = Byte.toUnsignedInt(next);
        return lead == 0xef || lead >= 0xe1 && lead <= 0xe3;
      }
      if (!Character.isWhitespace(next)) {
        return next == '<';
      }
    }
    return false;
  }

  /** The exception that says that this is wrong. */
  protected abstract ImageException corrupt(String fault);

  /**
   * An element begins, which {@link #path} does not hold yet.
   *
   * @param attributes their values, with a question mark for each control character
   */
  protected abstract void start(String element, Map<String, String> attributes)
      throws ImageException;

  /**
   * An element ends, which {@link #path} does not hold any more.
   *
   * @param text what follows its last child, without white space around it, and but for a property
   *     list with a question mark for each control character
   */
  protected abstract void end(String element, String text) throws ImageException;

  /** The elements around, the outermost first. */
  protected final Deque<String> path() {
    return path;
  }

  /**
   * Reads the document.
   *
   * @param maxBytes of a larger one nothing is read
   * @throws ImageException if it is not well-formed or passes a bound, as {@link #corrupt} words it
   */
  protected final void walk(Storage storage, long maxBytes) throws IOException {
    long size = storage.size();
    if (size > maxBytes) {
      throw corrupt(what + " has " + size + " bytes, at most " + maxBytes);
    }
    byte[] bytes = new byte[Math.toIntExact(size)];
    storage.readFully(0, MemorySegment.ofArray(bytes));
    try {
      walk(bytes);
    } catch (XMLStreamException e) {
      String message = String.valueOf(e.getMessage()).replaceAll("\\s+", " ");
      throw corrupt(what + " is not well-formed XML: " + message);
    }
  }

  /**
   * The text, decoded here: of bad bytes the parser tells standard error, and nobody can stop it.
   */
  private String decoded(byte[] bytes) throws ImageException {
    Charset charset = StandardCharsets.UTF_8;
    try {
      if (bytes.length > 1
          && ((bytes[0] == -2 && bytes[1] == -1) || (bytes[0] == -1 && bytes[1] == -2))) {
        charset = StandardCharsets.UTF_16;
      } else {
        String head =
            new String(bytes, 0, Math.min(bytes.length, DECLARATION), StandardCharsets.ISO_8859_1);
        Matcher declared = Patterns.ENCODING.matcher(head);
        charset = declared.find() ? Charset.forName(declared.group(1)) : charset;
      }
      CharBuffer text = charset.newDecoder().decode(ByteBuffer.wrap(bytes));
      boolean marked = text.length() > 0 && text.charAt(0) == '\uFEFF';
      return text.subSequence(marked ? 1 : 0, text.length()).toString();
    } catch (CharacterCodingException e) {
      throw corrupt(what + " is not well-formed XML: it is not " + charset);
    } catch (IllegalArgumentException e) {
      throw corrupt(what + " is in an unknown encoding");
    }
  }

  private void walk(byte[] bytes) throws XMLStreamException, ImageException {
    XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    factory.setProperty(XMLInputFactory.IS_REPLACING_ENTITY_REFERENCES, false);
    String document = decoded(bytes);
    XMLStreamReader reader = factory.createXMLStreamReader(new StringReader(document));
    try {
      while (reader.hasNext()) {
        switch (reader.next()) {
          case XMLStreamConstants.DTD -> {
            if (!isPropertyList || !declaresNothing(document)) {
              throw refusedEntities();
            }
          }
          case XMLStreamConstants.ENTITY_REFERENCE -> throw refusedEntities();
          case XMLStreamConstants.START_ELEMENT -> begin(reader);
          case XMLStreamConstants.END_ELEMENT -> {
            String raw = text.toString().strip();
            String content = isPropertyList ? raw : ImageException.printable(raw);
            text.setLength(0);
            end(path.removeLast(), content);
          }
          case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> {
            if (isPropertyList || text.length() < MAX_TEXT) {
              text.append(reader.getText());
            }
          }
          default -> {}
        }
      }
    } finally {
      reader.close();
    }
  }

  private static boolean declaresNothing(String document) {
    int at = document.indexOf(TYPE);
    return at >= 0
        && at == document.lastIndexOf(TYPE)
        && Patterns.BARE_TYPE.matcher(document).region(at, document.length()).lookingAt();
  }

  private ImageException refusedEntities() {
    return corrupt(what + " has a document type or entities");
  }

  private void begin(XMLStreamReader reader) throws ImageException {
    if (path.size() >= maxDepth) {
      throw corrupt("elements are nested more than " + maxDepth + " deep");
    }
    Map<String, String> attributes = new HashMap<>();
    for (int i = 0; i < reader.getAttributeCount(); i++) {
      attributes.putIfAbsent(
          reader.getAttributeLocalName(i), ImageException.printable(reader.getAttributeValue(i)));
    }
    text.setLength(0);
    start(reader.getLocalName(), attributes);
    path.addLast(reader.getLocalName());
  }
}
