package dev.platter.testdata;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Collectors;

/**
 * A few changes to an image's metadata. Written out and read again they are the same: {@code put
 * 1e8 ffffffff / cut 3e7 / seal} puts four bytes at 0x1e8, cuts the file off at 0x3e7, and makes
 * checksums right.
 */
record Damage(List<Step> steps) {
  private static final String BETWEEN = " / ";

  Damage {
    steps = List.copyOf(steps);
  }

  /**
   * One change. A step lies within the image or does nothing.
   *
   * @param bytes what is put there; nothing for the other actions
   */
  record Step(Action action, int at, byte[] bytes) {
    enum Action {
      PUT,
      CUT,
      GROW,
      SEAL
    }

    byte[] applyTo(byte[] image, Specimen specimen) {
      switch (action) {
        case PUT ->
            System.arraycopy(
                bytes,
                0,
                image,
                Math.min(at, image.length),
                Math.clamp(image.length - at, 0, bytes.length));
        case CUT -> {
          return Arrays.copyOf(image, Math.min(at, image.length));
        }
        case GROW -> {
          return Arrays.copyOf(image, Math.max(at, image.length));
        }
        case SEAL -> {
          return specimen.seal(image);
        }
      }
      return image;
    }

    @Override
    public String toString() {
      String word = action.name().toLowerCase(Locale.ROOT);
      return switch (action) {
        case PUT -> word + " " + Integer.toHexString(at) + " " + HexFormat.of().formatHex(bytes);
        case CUT, GROW -> word + " " + Integer.toHexString(at);
        case SEAL -> word;
      };
    }

    static Step parse(String text) {
      String[] words = text.split(" ");
      Action action = Action.valueOf(words[0].toUpperCase(Locale.ROOT));
      int at = words.length > 1 ? Integer.parseInt(words[1], 16) : 0;
      byte[] bytes = words.length > 2 ? HexFormat.of().parseHex(words[2]) : new byte[0];
      return new Step(action, at, bytes);
    }
  }

  static Damage parse(String text) {
    return new Damage(Arrays.stream(text.split(BETWEEN)).map(Step::parse).toList());
  }

  @Override
  public String toString() {
    return steps.stream().map(Step::toString).collect(Collectors.joining(BETWEEN));
  }

  /** The same without one of the steps. */
  Damage without(int step) {
    List<Step> fewer = new ArrayList<>(steps);
    fewer.remove(step);
    return new Damage(fewer);
  }

  byte[] applyTo(Specimen specimen) {
    byte[] image = specimen.image();
    for (Step step : steps) {
      image = step.applyTo(image, specimen);
    }
    return image;
  }

  /** One to four changes, most of them to one number that then says something that it might. */
  static Damage random(Random random, Specimen specimen) {
    List<Step> steps = new ArrayList<>();
    byte[] image = specimen.image();
    for (int i = 1 + Math.min(random.nextInt(4), random.nextInt(4)); i > 0; i--) {
      int kind = random.nextInt(24);
      if (kind == 0) {
        steps.add(new Step(Step.Action.CUT, random.nextInt(image.length), new byte[0]));
      } else if (kind == 1) {
        int more = 1 + random.nextInt(image.length);
        steps.add(new Step(Step.Action.GROW, image.length + more, new byte[0]));
      } else {
        steps.add(number(random, specimen, image));
      }
    }
    if (specimen.isSealed() && random.nextInt(6) > 0) {
      steps.add(new Step(Step.Action.SEAL, 0, new byte[0]));
    }
    return new Damage(steps);
  }

  private static Step number(Random random, Specimen specimen, byte[] image) {
    List<Specimen.Numbers> all = specimen.numbers();
    Specimen.Numbers numbers = all.get(random.nextInt(all.size()));
    int at = at(numbers, random);
    long old = get(image, at, numbers);
    long[] places = numbers.places();
    long value =
        switch (random.nextInt(places.length == 0 ? 6 : 10)) {
          case 0 -> old ^ 1L << random.nextInt(8 * numbers.width());
          case 1 -> old + random.nextInt(7) - 3;
          case 2 -> random.nextLong();
          case 3 -> random.nextInt(5) - 2;
          case 4, 5 -> get(image, at(numbers, random), numbers);
          case 6 -> places[random.nextInt(places.length)] + random.nextInt(3) - 1;
          default -> places[random.nextInt(places.length)];
        };
    return new Step(Step.Action.PUT, at, bytes(value, numbers));
  }

  private static int at(Specimen.Numbers numbers, Random random) {
    return (int) numbers.offset() + random.nextInt(numbers.count()) * numbers.width();
  }

  private static long get(byte[] image, int at, Specimen.Numbers numbers) {
    byte[] eight = new byte[Long.BYTES];
    boolean big = numbers.order() == ByteOrder.BIG_ENDIAN;
    System.arraycopy(image, at, eight, big ? Long.BYTES - numbers.width() : 0, numbers.width());
    return ByteBuffer.wrap(eight).order(numbers.order()).getLong();
  }

  private static byte[] bytes(long value, Specimen.Numbers numbers) {
    byte[] eight = ByteBuffer.allocate(Long.BYTES).order(numbers.order()).putLong(value).array();
    return numbers.order() == ByteOrder.BIG_ENDIAN
        ? Arrays.copyOfRange(eight, Long.BYTES - numbers.width(), Long.BYTES)
        : Arrays.copyOf(eight, numbers.width());
  }
}
