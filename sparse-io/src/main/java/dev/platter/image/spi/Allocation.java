package dev.platter.image.spi;

import dev.platter.image.Experimental;
import dev.platter.image.Extent;
import dev.platter.storage.WritableStorage;
import java.util.List;

/**
 * What a {@link LiveImage} answers to {@link LiveImage#allocate}: places for a run of the guest
 * disk, which count once it is told to {@link LiveImage#commit}. A format's own allocations carry
 * what it needs to know then.
 *
 * <p>The run begins at or before the offset that was asked for and ends after it, perhaps before or
 * behind what was asked for: a format gives space in its own units. Where it has no places the run
 * is one that no byte is stored of.
 */
@Experimental
public interface Allocation {
  /** Where the run begins on the guest disk, bytes. */
  long offset();

  /**
   * How far it reaches, bytes; a multiple of the format's unit may end behind the end of the disk.
   */
  long length();

  /** Where it lies: in ascending order, without overlap, all of the run or nothing of it. */
  List<Place> places();

  /** The first guest byte after the run. */
  default long end() {
    return offset() + length();
  }

  /** What a place holds before anybody has written to it. */
  enum Content {
    /** The guest's present bytes: only what is to change need be written. */
    PRESENT,
    /** Zeros: what shall be zero need not be written. All else is to be filled in. */
    ZEROS,
    /** Anything: all of it is to be written. */
    ANYTHING
  }

  /**
   * Where a part of the run lies.
   *
   * @param offset of the part on the guest disk
   * @param length of the part; what of it lies behind the end of the disk is to be zeros
   * @param storage the image's own file, or one that it names
   * @param hostOffset where in that
   */
  record Place(
      long offset, long length, WritableStorage storage, long hostOffset, Content content) {
    /** The first guest byte after the part. */
    public long end() {
      return offset + length;
    }

    /** Where a guest byte of the part lies. */
    public long hostOf(long guestOffset) {
      return hostOffset + (guestOffset - offset);
    }
  }

  /** A run to which nothing happens when it is committed. */
  record Settled(long offset, long length, List<Place> places) implements Allocation {
    /** A run that is to stay what it is, or is written where it is. */
    public Settled {
      places = List.copyOf(places);
    }

    /** A run that has its place already. */
    public static Settled at(Extent.Data data, WritableStorage storage) {
      return new Settled(
          data.offset(),
          data.length(),
          List.of(
              new Place(
                  data.offset(), data.length(), storage, data.hostOffset(), Content.PRESENT)));
    }

    /** A run that stays as it is. */
    public static Settled asItIs(long offset, long length) {
      return new Settled(offset, length, List.of());
    }
  }
}
