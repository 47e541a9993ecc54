package dev.platter.image;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * What is known of something wrong with an image, besides the words for it: the one way to make an
 * {@link ImageException}, as in {@code Fault.in("vhdx", storage.name()).actual(size).expected("512
 * or 4096").corrupt("logical sector size")}.
 *
 * @param format the image's format; empty: it is no image, or its own code does not know yet
 * @param source the name of the storage; empty: not known here
 * @param offset where in the storage, bytes
 * @param expected what should have been there
 * @param actual what is there
 */
public record Fault(
    Optional<String> format,
    Optional<String> source,
    OptionalLong offset,
    Optional<String> expected,
    Optional<String> actual) {
  /** In a structure that does not know which storage it is from. */
  public static final Fault UNPLACED =
      new Fault(
          Optional.empty(),
          Optional.empty(),
          OptionalLong.empty(),
          Optional.empty(),
          Optional.empty());

  /** In an image of that format. */
  public static Fault in(String format, String source) {
    return new Fault(
        Optional.of(format),
        Optional.of(source),
        OptionalLong.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** In what lies on a disk, or in a file that is no image. */
  public static Fault on(String source) {
    return new Fault(
        Optional.empty(),
        Optional.of(source),
        OptionalLong.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** In what only its format is known of; the message begins with that. */
  public static Fault ofFormat(String format) {
    return new Fault(
        Optional.of(format),
        Optional.empty(),
        OptionalLong.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** At that place of the storage; the words of the message say it where it tells something. */
  public Fault at(long place) {
    return new Fault(format, source, OptionalLong.of(place), expected, actual);
  }

  /** What should have been there; ends the message. */
  public Fault expected(String value) {
    return new Fault(format, source, offset, Optional.of(value), actual);
  }

  /** What is there; follows the words of the message. */
  public Fault actual(String value) {
    return new Fault(format, source, offset, expected, Optional.of(value));
  }

  /** What is there, a number. */
  public Fault actual(long value) {
    return actual(Long.toString(value));
  }

  /** The same fault, of which a structure spoke that knew neither its format nor its storage. */
  Fault placedIn(String itsFormat, String itsSource) {
    return new Fault(Optional.of(itsFormat), Optional.of(itsSource), offset, expected, actual);
  }

  /** The image says something that cannot be true. */
  public CorruptImageException corrupt(String what) {
    return new CorruptImageException(this, words(what), null);
  }

  /** The same, found by what failed. */
  public CorruptImageException corrupt(String what, Throwable cause) {
    return new CorruptImageException(this, words(what), cause);
  }

  /** The same in the words of a check, which tell the format and the storage already. */
  CorruptImageException corruptAsTold(String message) {
    return new CorruptImageException(this, message);
  }

  /** The image needs what this version does not handle. */
  public UnsupportedFeatureException unsupported(String what) {
    return new UnsupportedFeatureException(this, words(what), null);
  }

  /** The same, found by what failed. */
  public UnsupportedFeatureException unsupported(String what, Throwable cause) {
    return new UnsupportedFeatureException(this, words(what), cause);
  }

  /** The image names another file, and the policy does not let it be opened. */
  public ReferenceDeniedException denied(String what) {
    return new ReferenceDeniedException(this, words(what), null);
  }

  /** The same, found by what failed. */
  public ReferenceDeniedException denied(String what, Throwable cause) {
    return new ReferenceDeniedException(this, words(what), cause);
  }

  private String words(String what) {
    String withActual = actual.isPresent() ? what + " " + actual.get() : what;
    return expected.isPresent() ? withActual + ", expected " + expected.get() : withActual;
  }

  /** With what a message begins: the format and the storage, as far as they are known. */
  String prefix() {
    String both = format.orElse("") + (format.isPresent() && source.isPresent() ? " " : "");
    String place = both + source.orElse("");
    return place.isEmpty() ? "" : place + ": ";
  }
}
