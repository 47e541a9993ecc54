package dev.platter.guest.volume;

import dev.platter.guest.files.Budget;
import dev.platter.guest.files.MappedSource;
import dev.platter.guest.files.Source;
import dev.platter.guest.volume.ArrayLayout.Spot;
import dev.platter.image.Fault;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** The bytes of an array, read from those of its members that are there and up to date. */
final class ArrayVolume extends MappedSource {
  /** So many chunks for each member show all members that a layout reads. */
  private static final int PERIOD = 2;

  private final List<Optional<Leg>> legs;
  private final long chunk;
  private final ArrayLayout layout;

  /** A member of an array: where its part of it begins. */
  record Leg(Source source, long offset) {}

  private ArrayVolume(
      String name,
      long size,
      Budget budget,
      List<Optional<Leg>> legs,
      long chunk,
      ArrayLayout layout) {
    super(name, size, budget);
    this.legs = legs;
    this.chunk = chunk;
    this.layout = layout;
  }

  /**
   * Puts an array together.
   *
   * @param legs as many as the layout has members; empty: one is missing, or behind the others
   * @param chunk bytes
   * @throws IOException if some of its bytes are on no member that is there
   */
  static Source of(
      String name,
      long size,
      Budget budget,
      List<Optional<Leg>> legs,
      long chunk,
      ArrayLayout layout)
      throws IOException {
    long chunks = Math.min((long) PERIOD * layout.members(), size / chunk + 1);
    for (long number = 0; number < chunks; number++) {
      if (find(legs, layout, number) == null) {
        throw Fault.on(name).unsupported("not enough members of the array are here");
      }
    }
    return new ArrayVolume(name, size, budget, List.copyOf(legs), chunk, layout);
  }

  /** A place of the chunk that can be read; null: there is none. */
  private static Spot find(List<Optional<Leg>> legs, ArrayLayout layout, long number) {
    for (int copy = 0; copy < layout.copies(); copy++) {
      Spot spot = layout.rule().spotAt(number, copy);
      if (legs.get(spot.member()).isPresent()) {
        return spot;
      }
    }
    return null;
  }

  @Override
  protected Piece pieceAt(long offset) throws IOException {
    long within = offset % chunk;
    Spot spot = find(legs, layout, offset / chunk);
    if (spot == null) {
      throw Fault.on(name()).unsupported("not enough members of the array are here");
    }
    Leg leg = legs.get(spot.member()).orElseThrow();
    return new Piece(chunk - within, leg.source(), leg.offset() + spot.row() * chunk + within);
  }
}
