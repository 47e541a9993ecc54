package dev.platter.server.vmware;

import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * An element of an answer, by local names. What answers may be anybody: document types, and with
 * them entities of all kinds, are refused, and size, depth and the number of elements are bounded.
 *
 * @param type what kind of thing it is, or refers to: the attribute {@code type}; may be empty
 * @param text what stands directly in it, without white space around it
 */
record SoapElement(String name, String type, String text, List<SoapElement> children) {
  private static final int LARGEST = 8 << 20;
  private static final int DEEPEST = 40;
  private static final int MOST = 200_000;

  /**
   * Reads a document.
   *
   * @throws IOException if it is none, or passes a bound
   */
  static SoapElement parse(byte[] document) throws IOException {
    if (document.length > LARGEST) {
      throw new IOException("the answer has " + document.length + " bytes, at most " + LARGEST);
    }
    String text;
    try {
      // Of bad bytes the parser tells standard error, and nobody can stop it.
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(document)).toString();
    } catch (CharacterCodingException e) {
      throw new IOException("the answer is not UTF-8", e);
    }
    XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    factory.setProperty(XMLInputFactory.IS_REPLACING_ENTITY_REFERENCES, false);
    try {
      XMLStreamReader reader = factory.createXMLStreamReader(new StringReader(text));
      try {
        return new Parser(reader).document();
      } finally {
        reader.close();
      }
    } catch (XMLStreamException | RuntimeException e) {
      throw new IOException("the answer is not well-formed XML", e);
    }
  }

  private static final class Parser {
    private final XMLStreamReader reader;
    private int count;

    Parser(XMLStreamReader reader) {
      this.reader = reader;
    }

    SoapElement document() throws XMLStreamException, IOException {
      SoapElement root = null;
      while (reader.hasNext()) {
        switch (reader.next()) {
          case XMLStreamConstants.START_ELEMENT -> root = element(1);
          case XMLStreamConstants.DTD -> throw new IOException("the answer has a document type");
          default -> {}
        }
      }
      if (root == null) {
        throw new IOException("the answer has no element");
      }
      return root;
    }

    /** Of references, which have two, the one without a namespace says what they refer to. */
    private String type() {
      String type = "";
      for (int i = 0; i < reader.getAttributeCount(); i++) {
        if (reader.getAttributeLocalName(i).equals("type")) {
          String value = reader.getAttributeValue(i);
          if (reader.getAttributeNamespace(i) == null
              || reader.getAttributeNamespace(i).isEmpty()) {
            return value;
          }
          type = value.substring(value.indexOf(':') + 1);
        }
      }
      return type;
    }

    private SoapElement element(int depth) throws XMLStreamException, IOException {
      if (depth > DEEPEST || ++count > MOST) {
        throw new IOException("the answer has too many elements, or too deep ones");
      }
      String name = reader.getLocalName();
      String type = type();
      List<SoapElement> children = new ArrayList<>();
      StringBuilder text = new StringBuilder();
      while (true) {
        switch (reader.next()) {
          case XMLStreamConstants.START_ELEMENT -> children.add(element(depth + 1));
          case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA ->
              text.append(reader.getText());
          case XMLStreamConstants.ENTITY_REFERENCE ->
              throw new IOException("the answer has entities");
          case XMLStreamConstants.END_ELEMENT -> {
            return new SoapElement(name, type, text.toString().strip(), List.copyOf(children));
          }
          default -> {}
        }
      }
    }
  }

  /** The first child of a name. */
  Optional<SoapElement> child(String name) {
    return children.stream().filter(each -> each.name.equals(name)).findFirst();
  }

  /** The children of a name. */
  List<SoapElement> all(String name) {
    return children.stream().filter(each -> each.name.equals(name)).toList();
  }

  /** The text of the first child of a name; empty where there is none. */
  String textOf(String name) {
    return child(name).map(SoapElement::text).orElse("");
  }

  /** A text as it stands in a document. */
  static String escaped(String text) {
    StringBuilder escaped = new StringBuilder();
    text.codePoints()
        .forEach(c -> {
          switch (c) {
            case '<' -> escaped.append("&lt;");
            case '>' -> escaped.append("&gt;");
            case '&' -> escaped.append("&amp;");
            default -> escaped.appendCodePoint(c);
          }
        });
    return escaped.toString();
  }
}
