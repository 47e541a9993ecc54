package dev.platter.testdata;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A sound image, and where in it the numbers stand that damage changes: see {@link Damage}. It is
 * built up once and belongs to one thread.
 */
public final class Specimen {
  /**
   * Numbers side by side, of one length.
   *
   * @param offset where the first one begins, bytes
   * @param count how many there are
   * @param width bytes of each, 1 to 8
   * @param places what a pointer among them says that points to something that is there
   */
  record Numbers(long offset, int count, int width, ByteOrder order, long[] places) {}

  private final String name;
  private final byte[] image;
  private final List<Numbers> numbers = new ArrayList<>();
  private UnaryOperator<byte[]> seal = UnaryOperator.identity();
  private boolean sealed;

  /**
   * @param name one word, unique among the specimens of a test
   */
  public Specimen(String name, byte[] image) {
    this.name = name;
    this.image = image.clone();
  }

  /** Says that there are numbers: a table, or fields of a header that are alike. */
  public Specimen numbers(long offset, int count, int width, ByteOrder order, long... places) {
    numbers.add(new Numbers(offset, count, width, order, places));
    return this;
  }

  /** Says how the checksums of an image, of any length, are made right after a change. */
  public Specimen sealedBy(UnaryOperator<byte[]> operator) {
    seal = operator;
    sealed = true;
    return this;
  }

  /** What it is called in the description of a case. */
  public String name() {
    return name;
  }

  byte[] image() {
    return image.clone();
  }

  List<Numbers> numbers() {
    return numbers;
  }

  boolean isSealed() {
    return sealed;
  }

  byte[] seal(byte[] bytes) {
    return seal.apply(bytes);
  }
}
