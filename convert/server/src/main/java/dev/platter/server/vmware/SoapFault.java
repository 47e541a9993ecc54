package dev.platter.server.vmware;

import java.io.IOException;

/** What vSphere answers where it does not do what it was asked to. */
final class SoapFault extends IOException {
  private static final long serialVersionUID = 1L;

  private final String kind;

  /**
   * @param kind the name of the fault's type, such as {@code FileNotFound}
   * @param words vSphere's own, for people
   */
  SoapFault(String kind, String words) {
    super("vSphere answers: " + shortened(words.isEmpty() ? kind : words + " (" + kind + ")"));
    this.kind = kind;
  }

  private static String shortened(String words) {
    String line = words.replaceAll("[\\p{Cntrl}\\s]+", " ");
    return line.length() <= 500 ? line : line.substring(0, 500) + "...";
  }

  /** A fault of a method ({@code detail}) or of a task. */
  static SoapFault of(SoapElement fault, String words) {
    String kind = fault.type().isEmpty() ? fault.name() : fault.type();
    return new SoapFault(
        kind.endsWith("Fault") ? kind.substring(0, kind.length() - 5) : kind, words);
  }

  /** Whether it is of this type, as vSphere's reference names it. */
  boolean is(String type) {
    return kind.equals(type);
  }
}
