package dev.platter.image;

import java.util.Objects;

/**
 * A file that an image names and that is not the image itself.
 *
 * @param kind what the image wants it for
 * @param name the name as the image stores it
 * @param from the name of the storage that says so, for messages
 */
public record Reference(Kind kind, String name, String from) {
  /** What a reference is for. */
  public enum Kind {
    /** The image below this one. */
    PARENT("backing file"),
    /** The file that holds the guest bytes of an image that is all metadata. */
    DATA_FILE("data file"),
    /** The file that holds the header of an image whose own file is payload alone. */
    HEADER("header file"),
    /** One piece of an image that lies in several files. */
    EXTENT("extent file");

    private final String words;

    Kind(String words) {
      this.words = words;
    }

    @Override
    public String toString() {
      return words;
    }
  }

  public Reference {
    Objects.requireNonNull(kind);
    Objects.requireNonNull(name);
    Objects.requireNonNull(from);
  }

  /** What is wrong with the image because of this name; {@link #words} begin what is said. */
  public Fault fault() {
    return Fault.on(from);
  }

  /** What is wanted, and under which name. */
  public String words() {
    return kind + " '" + name + "'";
  }

  /**
   * It is not opened.
   *
   * @param why to end the sentence
   */
  public ReferenceDeniedException denied(String why) {
    return fault().denied(words() + " must not be opened: " + why);
  }

  /** As errors name it: who wants it, what for, and under which name. */
  public String described() {
    return from + ": " + words();
  }
}
