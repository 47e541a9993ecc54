package dev.platter.guest.volume;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.MappedSource;
import dev.platter.guest.files.Source;
import dev.platter.guest.files.Text;
import dev.platter.image.CorruptImageException;
import dev.platter.image.Fault;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A volume group of LVM2, as one physical volume of it tells. Logical volumes that lie in one piece
 * or in several on this physical volume can be read; others (striped, mirrored, thin, or on another
 * physical volume) are named.
 *
 * @param name of the group
 * @param free the parts of this physical volume that no logical volume has; empty, too, where that
 *     is not sure
 * @param isPlain whether no logical volume has a part of another one: there are no snapshots,
 *     caches, mirrors and the like
 */
public record LvmGroup(String name, List<LogicalVolume> volumes, List<Span> free, boolean isPlain) {
  private static final int SECTOR = 512;
  private static final int LABELS = 4;
  private static final int MAX_AREAS = 16;
  private static final int MAX_VOLUMES = 256;
  private static final int MAX_SEGMENTS = 4096;
  // So bounded, no sum of products of them wraps.
  private static final long MAX_EXTENT_SECTORS = 1 << 23;
  private static final long MAX_EXTENTS = 1 << 28;
  private static final int IGNORED = 1;
  private static final int CRC_START = 0xF597A6CF;
  private static final int CRC_POLYNOMIAL = 0xEDB88320;
  private static final String AREA_MAGIC = " LVM2 x[5A%r0N*>";

  /**
   * A logical volume.
   *
   * @param name of the volume
   * @param source its bytes; empty: they are not all to be found here
   */
  public record LogicalVolume(String name, Optional<Source> source) {}

  /** A part of the physical volume, bytes. */
  public record Span(long offset, long length) {}

  private record Segment(long start, long length, long offset) {}

  /** Reads what a physical volume says; it must be one. */
  public static LvmGroup open(Source volume) throws IOException {
    Bytes head = volume.readUpTo(0, LABELS * SECTOR);
    for (int at = 0; at < head.length(); at += SECTOR) {
      if (head.has(at, "LABELONE")) {
        long header = at + head.u32(at + 20L);
        String id = dashed(head.text(header, 32, StandardCharsets.US_ASCII));
        return read(volume, id, metadata(volume, head, header));
      }
    }
    throw head.wrong("no label of lvm");
  }

  /** The text of the first metadata area; lists of areas end with one of zeros. */
  private static Map<String, Object> metadata(Source volume, Bytes head, long header)
      throws IOException {
    long at = header + 40;
    int lists = 0;
    for (int i = 0; i < MAX_AREAS; i++, at += 16) {
      long offset = head.u63(at);
      if (offset == 0) {
        lists++;
      } else if (lists == 1) {
        return area(volume, offset);
      }
      if (lists > 1) {
        break;
      }
    }
    throw head.wrong("no metadata area of lvm on this physical volume");
  }

  private static Map<String, Object> area(Source volume, long offset) throws IOException {
    Bytes area = volume.read(offset, SECTOR);
    area.require(area.has(4, AREA_MAGIC), "no metadata area of lvm");
    long size = area.u63(32);
    long start = area.u63(40);
    long length = area.u63(48);
    area.require(
        size <= volume.size() && start >= SECTOR && start < size && length <= size - SECTOR,
        "lvm metadata of " + length + " bytes at " + start + " in an area of " + size);
    // The area is a ring behind its header.
    long first = Math.min(length, size - start);
    byte[] front = volume.read(offset + start, first).array();
    byte[] rest = volume.read(offset + SECTOR, length - first).array();
    int crc = crc(crc(CRC_START, front), rest);
    area.require(crc == area.i32(56), "lvm metadata whose checksum is wrong");
    area.require((area.i32(60) & IGNORED) == 0, "lvm metadata that is kept up elsewhere");
    String text =
        new String(front, StandardCharsets.UTF_8) + new String(rest, StandardCharsets.UTF_8);
    return LvmText.parse(area, text);
  }

  /** CRC-32 that begins with a number of LVM's own, and ends without being inverted. */
  private static int crc(int start, byte[] bytes) {
    int crc = start;
    for (byte b : bytes) {
      crc ^= b & 0xFF;
      for (int bit = 0; bit < 8; bit++) {
        crc = crc >>> 1 ^ ((crc & 1) != 0 ? CRC_POLYNOMIAL : 0);
      }
    }
    return crc;
  }

  private static LvmGroup read(Source volume, String id, Map<String, Object> text)
      throws IOException {
    for (Map.Entry<String, Object> entry : text.entrySet()) {
      if (entry.getValue() instanceof Map<?, ?> group && group.containsKey("extent_size")) {
        long extent = number(volume, group, "extent_size", MAX_EXTENT_SECTORS) * SECTOR;
        String here = "";
        long dataStart = 0;
        long extents = 0;
        for (Map.Entry<?, ?> device : map(group, "physical_volumes").entrySet()) {
          if (device.getValue() instanceof Map<?, ?> values && id.equals(values.get("id"))) {
            here = device.getKey().toString();
            dataStart = number(volume, values, "pe_start", 1L << 50) * SECTOR;
            extents = number(volume, values, "pe_count", MAX_EXTENTS);
          }
        }
        List<LogicalVolume> volumes = new ArrayList<>();
        for (Map.Entry<?, ?> logical : map(group, "logical_volumes").entrySet()) {
          if (logical.getValue() instanceof Map<?, ?> values && volumes.size() < MAX_VOLUMES) {
            String name = Text.clean(logical.getKey().toString());
            volumes.add(
                new LogicalVolume(name, source(volume, name, values, here, dataStart, extent)));
          }
        }
        boolean isAlone = map(group, "physical_volumes").size() == 1;
        LvmFree free =
            isAlone ? LvmFree.of(map(group, "logical_volumes"), here, extents) : LvmFree.UNKNOWN;
        List<Span> spans = new ArrayList<>();
        for (Span span : free.free()) {
          spans.add(new Span(dataStart + span.offset() * extent, span.length() * extent));
        }
        return new LvmGroup(
            Text.clean(entry.getKey()), List.copyOf(volumes), List.copyOf(spans), free.isPlain());
      }
    }
    throw Fault.on(volume.name()).corrupt("no volume group in the metadata of lvm");
  }

  private static Optional<Source> source(
      Source volume, String name, Map<?, ?> values, String here, long dataStart, long extent)
      throws IOException {
    TreeMap<Long, Segment> segments = new TreeMap<>();
    long count = number(volume, values, "segment_count", MAX_SEGMENTS);
    long size = 0;
    for (long i = 1; i <= count; i++) {
      Map<?, ?> segment = map(values, "segment" + i);
      boolean linear =
          "striped".equals(segment.get("type")) && "1".equals(segment.get("stripe_count"));
      if (!linear
          || !(segment.get("stripes") instanceof List<?> stripes)
          || stripes.size() != 2
          || !stripes.getFirst().equals(here)) {
        return Optional.empty();
      }
      long start = number(volume, segment, "start_extent", MAX_EXTENTS) * extent;
      long length = number(volume, segment, "extent_count", MAX_EXTENTS) * extent;
      long offset =
          number(volume, Map.of("first", stripes.getLast()), "first", MAX_EXTENTS) * extent;
      segments.put(start, new Segment(start, length, dataStart + offset));
      size = Math.max(size, start + length);
    }
    return Optional.of(
        new MappedSource(volume.name() + " " + name, size, volume.budget()) {
          @Override
          protected Piece pieceAt(long offset) {
            Map.Entry<Long, Segment> floor = segments.floorEntry(offset);
            if (floor == null) {
              return Piece.zeros(0);
            }
            long within = offset - floor.getKey();
            Segment segment = floor.getValue();
            return new Piece(segment.length() - within, volume, segment.offset() + within);
          }
        });
  }

  private static Map<?, ?> map(Map<?, ?> section, String key) {
    return section.get(key) instanceof Map<?, ?> map ? map : Map.of();
  }

  private static long number(Source volume, Map<?, ?> section, String key, long most)
      throws CorruptImageException {
    if (section.get(key) instanceof String text && text.matches("[0-9]{1,18}")) {
      long value = Long.parseLong(text);
      if (value <= most) {
        return value;
      }
    }
    throw Fault.on(volume.name())
        .corrupt("lvm: " + key + " is " + Text.clean(section.get(key) + ""));
  }

  /** Identifiers are stored without the dashes that they are written with. */
  static String dashed(String id) {
    return id.length() != 32
        ? id
        : String.join(
            "-",
            id.substring(0, 6),
            id.substring(6, 10),
            id.substring(10, 14),
            id.substring(14, 18),
            id.substring(18, 22),
            id.substring(22, 26),
            id.substring(26));
  }
}
