package dev.platter.guest.picture;

import dev.platter.guest.FileSystem;
import dev.platter.guest.GuestDescription;
import dev.platter.guest.Partition;
import dev.platter.image.Sizes;
import dev.platter.image.disk.LayeredMap;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * What a picture of a disk shows, in numbers. The disk is cut into {@link #COLUMNS} columns of the
 * same length, whatever its size.
 *
 * @param size of the disk, bytes
 * @param stored for each image of its chain, top first
 * @param parts what it holds, in the order of the disk
 * @param exact whether each place of the disk was looked at, and not some in each column
 */
public record DiskSketch(long size, List<Stored> stored, List<Part> parts, boolean exact) {
  /** Into how many columns a disk is cut. */
  public static final int COLUMNS = 1000;

  /** What a column has that is stored whole. */
  public static final int WHOLE = 1000;

  /** No part is called by more letters than that. */
  public static final int MOST_LETTERS = 200;

  /**
   * What one image of a chain stores.
   *
   * @param bytes in all; an estimate where the sketch is not exact
   * @param shares of each column, in thousandths; 0 only where nothing is
   */
  public record Stored(long bytes, List<Integer> shares) {
    public Stored {
      shares = List.copyOf(shares);
      if (bytes < 0
          || shares.size() != COLUMNS
          || shares.stream().anyMatch(share -> share < 0 || share > WHOLE)) {
        throw new IllegalArgumentException("no shares of " + COLUMNS + " columns");
      }
    }
  }

  /**
   * A partition, or a file system that takes all of the disk.
   *
   * @param offset bytes
   * @param length bytes, inside of the disk
   * @param label what it is and is called, which the guest may have written
   */
  public record Part(long offset, long length, String label) {
    public Part {
      if (offset < 0 || length < 0 || label.length() > MOST_LETTERS) {
        throw new IllegalArgumentException("no part of a disk");
      }
    }
  }

  public DiskSketch {
    stored = List.copyOf(stored);
    parts = List.copyOf(parts);
    if (size < 0 || stored.isEmpty()) {
      throw new IllegalArgumentException("no disk");
    }
  }

  /**
   * Looks at all of a disk.
   *
   * @param map its chain
   * @param guest what it holds
   */
  public static DiskSketch of(LayeredMap map, GuestDescription guest) throws IOException {
    return of(map, guest, Long.MAX_VALUE);
  }

  /**
   * The same at a bounded cost.
   *
   * @param mostSteps how many runs of the disk are looked at, about; at least {@link #COLUMNS}.
   *     Where there are more, some of each column stand for the others
   */
  public static DiskSketch of(LayeredMap map, GuestDescription guest, long mostSteps)
      throws IOException {
    StoredRuns runs = new StoredRuns(map, mostSteps / COLUMNS);
    return new DiskSketch(map.size(), runs.count(), parts(guest, map.size()), runs.exact());
  }

  private static List<Part> parts(GuestDescription guest, long size) {
    List<Part> parts = new ArrayList<>();
    List<Partition> partitions =
        guest.partitionTable().isPresent() ? guest.partitionTable().get().partitions() : List.of();
    for (Partition partition : partitions) {
      if (partition.offset() < size && partition.length() > 0) {
        String holds = holds(guest, OptionalInt.of(partition.number()));
        String name = holds.isEmpty() ? partition.typeName() : holds;
        long length = Math.min(partition.length(), size - partition.offset());
        parts.add(part(partition.offset(), length, partition.number() + " " + name));
      }
    }
    if (partitions.isEmpty() && !guest.fileSystems().isEmpty()) {
      parts.add(part(0, size, holds(guest, OptionalInt.empty())));
    }
    return parts;
  }

  private static Part part(long offset, long length, String label) {
    return new Part(
        offset, length, label.length() > MOST_LETTERS ? label.substring(0, MOST_LETTERS) : label);
  }

  private static String holds(GuestDescription guest, OptionalInt partition) {
    StringBuilder text = new StringBuilder();
    for (FileSystem found : guest.fileSystems()) {
      if (found.partition().equals(partition)) {
        text.append(text.isEmpty() ? "" : ", ").append(found.kind());
        text.append(found.label().isEmpty() ? "" : " " + found.label());
      }
    }
    return text.toString();
  }

  /** The sketch in words, for whoever does not see the picture. */
  public String words() {
    long bytes = stored.stream().mapToLong(Stored::bytes).sum();
    StringBuilder words = new StringBuilder();
    words.append(exact ? "" : "About ").append(Sizes.text(bytes));
    words.append(" of ").append(Sizes.text(size)).append(" stored.");
    for (Part part : parts) {
      words.append(' ').append(part.label()).append(": ").append(Sizes.text(part.length()));
      words.append(" at ").append(Sizes.text(part.offset())).append('.');
    }
    return words.toString();
  }
}
