package dev.platter.guest.volume;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.MappedSource;
import dev.platter.guest.files.Source;
import dev.platter.guest.files.Text;
import dev.platter.guest.volume.ArrayVolume.Leg;
import dev.platter.image.CorruptImageException;
import dev.platter.image.Fault;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The bytes of the logical volumes of a group: those that lie on physical volumes, and those that
 * are made of others (stripes, mirrors, RAID, thin ones, ones with a cache). Of mirrors one leg is
 * read, of a cache what it holds.
 */
final class LvmVolumes {
  private static final int MAX_SEGMENTS = 4096;
  private static final int MAX_DEPTH = 8;
  private static final int MAX_LEGS = 64;
  private static final long MAX_STRIPE_SECTORS = 1 << 22;
  private static final int SECTOR = 512;

  /** The super block of device-mapper's RAID, in the volume beside each leg. */
  private static final int RAID_MAGIC = 0x64526D44;

  private static final long ALL_OF_IT = -1;

  private final LvmSection group;
  private final Map<String, Leg> devices;
  private final Source first;
  private final long extent;
  private final Map<String, LvmSection> logical = new HashMap<>();
  private final Map<String, Source> made = new HashMap<>();
  private final Map<String, IOException> failed = new HashMap<>();
  private int depth;

  /** A part of a volume. */
  private record Part(long length, Source source, long offset) {}

  /**
   * @param devices the physical volumes that are here, by the names that the group has for them,
   *     and where their extents begin
   * @param first one of them, whose budget all that is read is charged to
   */
  LvmVolumes(LvmSection group, Map<String, Leg> devices, Source first) throws IOException {
    this.group = group;
    this.devices = devices;
    this.first = first;
    this.extent = group.extentSize();
    for (LvmSection volume : group.sections("logical_volumes")) {
      logical.put(volume.name(), volume);
    }
  }

  /**
   * The bytes of a volume.
   *
   * @throws IOException if they are not all here, or are kept in a way that is not known here
   */
  Source volume(String name) throws IOException {
    Source known = made.get(name);
    if (known != null) {
      return known;
    }
    if (failed.containsKey(name)) { // what was in vain once is not tried again
      throw failed.get(name);
    }
    depth++;
    try {
      if (depth > MAX_DEPTH) {
        throw wrong("volumes made of one another, more than " + MAX_DEPTH);
      }
      Source volume = build(section(name));
      made.put(name, volume);
      return volume;
    } catch (IOException e) {
      failed.put(name, e);
      throw e;
    } finally {
      depth--;
    }
  }

  private LvmSection section(String name) throws CorruptImageException {
    LvmSection section = logical.get(name);
    if (section == null) {
      throw wrong("there is no volume " + Text.clean(name));
    }
    return section;
  }

  private CorruptImageException wrong(String what) {
    return Fault.on(group.place()).corrupt("lvm: " + what);
  }

  private static IOException unsupported(LvmSection segment, String what) {
    return Fault.on(segment.place()).unsupported(what);
  }

  private LvmSection segment(LvmSection volume, long number) {
    String key = "segment" + number;
    return new LvmSection(volume.place(), key, volume.map(key));
  }

  private Source build(LvmSection volume) throws IOException {
    TreeMap<Long, Part> parts = new TreeMap<>();
    long count = volume.number("segment_count", MAX_SEGMENTS);
    long size = 0;
    for (long i = 1; i <= count; i++) {
      first.step();
      LvmSection segment = segment(volume, i);
      long start = segment.number("start_extent", LvmSection.MAX_EXTENTS) * extent;
      long length = segment.number("extent_count", LvmSection.MAX_EXTENTS) * extent;
      parts.put(start, part(name(volume), segment, length));
      size = Math.max(size, start + length);
    }
    return new MappedSource(name(volume), size, first.budget()) {
      @Override
      protected Piece pieceAt(long offset) {
        Map.Entry<Long, Part> floor = parts.floorEntry(offset);
        if (floor == null) {
          return Piece.zeros(0);
        }
        long within = offset - floor.getKey();
        Part part = floor.getValue();
        return new Piece(part.length() - within, part.source(), part.offset() + within);
      }
    };
  }

  private String name(LvmSection volume) {
    return first.name() + " " + Text.clean(volume.name());
  }

  private Part part(String name, LvmSection segment, long length) throws IOException {
    String type = segment.text("type");
    return switch (type) {
      case "striped", "linear" -> striped(name, segment, length);
      // The first leg is the one that the others are copied from.
      case "mirror" -> of(area(segment, segment.list("mirrors"), 0), length);
      case "thin" -> new Part(length, thin(name, segment, length), 0);
      case "cache" -> new Part(length, cached(name, segment, length), 0);
      default -> {
        if (!type.startsWith("raid")) {
          throw unsupported(segment, "lvm: segments of type " + Text.clean(type) + " are not read");
        }
        yield new Part(length, raid(name, segment, type, length), 0);
      }
    };
  }

  private static Part of(Leg leg, long length) {
    return new Part(length, leg.source(), leg.offset());
  }

  /** The area of that number in a list that names each and says with which extent it begins. */
  private Leg area(LvmSection segment, List<String> areas, int number) throws IOException {
    if (areas.size() < 2 * number + 2) {
      throw wrong(segment.name() + " has no area " + number);
    }
    String name = areas.get(2 * number);
    long start = segment.number("first extent", areas.get(2 * number + 1), LvmSection.MAX_EXTENTS);
    if (logical.containsKey(name)) {
      return new Leg(volume(name), start * extent);
    }
    Leg device = devices.get(name);
    if (device == null) {
      throw unsupported(
          segment, "it lies on " + Text.clean(name) + ", a physical volume that is not here");
    }
    return new Leg(device.source(), device.offset() + start * extent);
  }

  private Part striped(String name, LvmSection segment, long length) throws IOException {
    List<String> areas = segment.list("stripes");
    int count = (int) segment.number("stripe_count", MAX_LEGS);
    if (count == 0 || areas.size() != 2 * count) {
      throw wrong(count + " stripes in " + areas.size() / 2 + " places");
    }
    if (count == 1) {
      return of(area(segment, areas, 0), length);
    }
    List<Optional<Leg>> legs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      legs.add(Optional.of(area(segment, areas, i)));
    }
    return new Part(length, array(name, segment, length, legs, ArrayLayout.striped(count)), 0);
  }

  private Source array(
      String name, LvmSection segment, long length, List<Optional<Leg>> legs, ArrayLayout layout)
      throws IOException {
    long chunk =
        segment.has("stripe_size")
            ? segment.sectors("stripe_size", MAX_STRIPE_SECTORS)
            : Math.max(length, 1);
    return ArrayVolume.of(name, length, first.budget(), legs, chunk, layout);
  }

  private Source raid(String name, LvmSection segment, String type, long length)
      throws IOException {
    if (segment.has("reshape_count") || segment.has("data_offset")) {
      throw unsupported(segment, "lvm: a RAID whose layout is being changed is not read");
    }
    boolean isBare = segment.has("raid0_lvs");
    List<String> names = segment.list(isBare ? "raid0_lvs" : "raids");
    int count =
        (int)
            segment.number(segment.has("device_count") ? "device_count" : "stripe_count", MAX_LEGS);
    boolean hasStates = names.size() == 2 * count;
    if (count == 0 || names.size() != count && !hasStates) {
      throw wrong(count + " legs in a list of " + names.size());
    }
    List<Optional<Leg>> legs = new ArrayList<>();
    List<Optional<Bytes>> states = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      legs.add(leg(names.get(hasStates ? 2 * i + 1 : i)));
      states.add(hasStates ? state(names.get(2 * i)) : Optional.empty());
    }
    leaveOutOld(legs, states);
    return array(name, segment, length, legs, layout(segment, type, count));
  }

  private static ArrayLayout layout(LvmSection segment, String type, int count) throws IOException {
    if (count < 2 && !type.startsWith("raid0") && !type.equals("raid1")) {
      throw unsupported(segment, "lvm: " + Text.clean(type) + " with " + count + " legs");
    }
    return switch (type) {
      case "raid0", "raid0_meta" -> ArrayLayout.striped(count);
      case "raid1" -> ArrayLayout.mirrored(count);
      case "raid10", "raid10_near" -> {
        int copies = segment.has("data_copies") ? (int) segment.number("data_copies", MAX_LEGS) : 2;
        if (copies < 1 || copies > count) {
          throw unsupported(segment, "lvm: " + copies + " copies on " + count + " legs");
        }
        yield ArrayLayout.near(count, copies);
      }
      case "raid4" -> ArrayLayout.parity(count, 4);
      case "raid5_la" -> ArrayLayout.parity(count, 0);
      case "raid5_ra" -> ArrayLayout.parity(count, 1);
      case "raid5", "raid5_ls" -> ArrayLayout.parity(count, 2);
      case "raid5_rs" -> ArrayLayout.parity(count, 3);
      case "raid5_n" -> ArrayLayout.parity(count, ArrayLayout.PARITY_LAST);
      default -> throw unsupported(segment, "lvm: " + Text.clean(type) + " is not read");
    };
  }

  /** Empty: it is not all here. */
  private Optional<Leg> leg(String name) {
    try {
      return Optional.of(new Leg(volume(name), 0));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** What a leg says of itself and the others; empty: nothing, as before its first use. */
  private Optional<Bytes> state(String name) throws IOException {
    Optional<Leg> volume = leg(name);
    if (volume.isEmpty()) {
      return Optional.empty();
    }
    Bytes state = volume.get().source().readUpTo(0, SECTOR);
    return Optional.of(state).filter(bytes -> bytes.length() == SECTOR).filter(LvmVolumes::isState);
  }

  private static boolean isState(Bytes state) {
    try {
      return state.i32(0) == RAID_MAGIC;
    } catch (CorruptImageException e) {
      return false;
    }
  }

  /** Legs that failed, that the others went on without, or that are being filled. */
  private static void leaveOutOld(List<Optional<Leg>> legs, List<Optional<Bytes>> states)
      throws IOException {
    long newest = -1;
    long failed = 0;
    for (Optional<Bytes> state : states) {
      if (state.isPresent() && state.get().u63(16) > newest) {
        newest = state.get().u63(16);
        failed = state.get().i64(24);
      }
    }
    for (int i = 0; i < legs.size() && newest >= 0; i++) {
      boolean isCurrent =
          states.get(i).isPresent()
              && states.get(i).get().u63(16) == newest
              && states.get(i).get().i64(32) == ALL_OF_IT
              && (failed >> i & 1) == 0;
      if (!isCurrent) {
        legs.set(i, Optional.empty());
      }
    }
  }

  private Source thin(String name, LvmSection segment, long length) throws IOException {
    if (segment.has("external_origin")) {
      throw unsupported(segment, "lvm: a thin volume over another one is not read");
    }
    LvmSection pool = segment(section(segment.text("thin_pool")), 1);
    return ThinVolume.open(
        name,
        length,
        volume(pool.text("metadata")),
        volume(pool.text("pool")),
        segment.number("device_id", 1 << 24));
  }

  private Source cached(String name, LvmSection segment, long length) throws IOException {
    Source origin = volume(segment.text("origin"));
    String poolName = segment.text("cache_pool");
    if (segment.has("metadata_start")) { // both in one volume
      Source both = volume(poolName);
      Source metadata = window(both, segment, "metadata");
      return CachedVolume.open(name, length, origin, metadata, window(both, segment, "data"));
    }
    LvmSection pool = segment(section(poolName), 1);
    return CachedVolume.open(
        name, length, origin, volume(pool.text("metadata")), volume(pool.text("data")));
  }

  private static Source window(Source both, LvmSection segment, String part) throws IOException {
    long start = segment.number(part + "_start", 1L << 50) * SECTOR;
    long length = segment.number(part + "_len", 1L << 50) * SECTOR;
    return both.window(both.name() + " " + part, start, length, both.budget());
  }
}
