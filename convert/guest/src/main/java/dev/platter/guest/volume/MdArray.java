package dev.platter.guest.volume;

import dev.platter.guest.files.Budget;
import dev.platter.guest.files.MappedSource;
import dev.platter.guest.files.Source;
import dev.platter.guest.files.Text;
import dev.platter.guest.volume.ArrayVolume.Leg;
import dev.platter.image.Fault;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A Linux software array (md) whose members are on this disk: of level 0, 1, 4, 5 or 10, or members
 * behind one another. Of what is there several times one copy is read; a member whose bytes must be
 * reckoned from the others is not replaced.
 *
 * @param name that it has, or its UUID
 * @param first its first member here
 * @param bytes of the array; empty: they cannot be read
 * @param why they cannot
 */
public record MdArray(String name, Source first, Optional<Source> bytes, String why) {
  private static final int MAX_MEMBERS = 64;
  private static final long MAX_CHUNK = 1 << 30;

  /** Members may be so far apart where the system stopped while it wrote their super blocks. */
  private static final int EVENTS_APART = 1;

  /** Puts arrays together, in the order of their first members. */
  public static List<MdArray> find(List<Source> volumes) {
    Map<String, List<MdMember>> members = new LinkedHashMap<>();
    for (Source volume : volumes) {
      try {
        MdMember.find(volume)
            .ifPresent(member ->
                members.computeIfAbsent(member.uuid(), _ -> new ArrayList<>()).add(member));
      } catch (IOException e) {
        continue; // it is told of with the volume
      }
    }
    return members.values().stream().map(MdArray::of).toList();
  }

  private static MdArray of(List<MdMember> members) {
    MdMember newest = Collections.max(members, (a, b) -> Long.compare(a.events(), b.events()));
    // Behind a host's name and a colon.
    String full = newest.name();
    String given = Text.clean(full.substring(full.indexOf(':') + 1)).replace('/', '-');
    String name = given.isEmpty() ? newest.uuid() : given;
    Source first = members.getFirst().bytes();
    try {
      return new MdArray(name, first, Optional.of(bytes(newest, members)), "");
    } catch (IOException e) {
      return new MdArray(name, first, Optional.empty(), e.getMessage());
    }
  }

  private static Source bytes(MdMember newest, List<MdMember> members) throws IOException {
    Fault fault = Fault.on(newest.bytes().name());
    int count = newest.members();
    if (!newest.doubt().isEmpty()) {
      throw fault.unsupported(newest.doubt());
    }
    if (count < 1 || count > MAX_MEMBERS) {
      throw fault.unsupported("an array of " + count + " members");
    }
    List<Optional<Leg>> legs = new ArrayList<>(Collections.nCopies(count, Optional.empty()));
    List<Long> sizes = new ArrayList<>();
    for (MdMember member : members) {
      boolean isCurrent = member.events() >= newest.events() - EVENTS_APART;
      if (isCurrent && member.slot() >= 0 && member.slot() < count) {
        if (legs.get(member.slot()).isPresent()) {
          throw fault.unsupported("two members of the array are the same one");
        }
        legs.set(member.slot(), Optional.of(new Leg(member.bytes(), member.data())));
        sizes.add(member.size());
      }
    }
    Budget budget = newest.bytes().budget();
    String name = newest.bytes().name() + " array";
    if (newest.level() == MdMember.LINEAR) {
      return concatenated(fault, name, budget, members, legs);
    }
    boolean isEqual = sizes.stream().distinct().count() <= 1;
    if (newest.level() == 0 && !isEqual) {
      throw fault.unsupported("an array of level 0 whose members are not equally large");
    }
    long chunk = newest.level() == 1 ? Math.max(newest.size(), 1) : newest.chunk();
    if (chunk < 1 || chunk > MAX_CHUNK && newest.level() != 1) {
      throw fault.corrupt("an array in chunks of " + chunk + " bytes");
    }
    ArrayLayout layout = layout(fault, newest, count, chunk);
    long rows = newest.size() / chunk;
    long size =
        switch (newest.level()) {
          case 1 -> newest.size();
          case 10 -> rows / far(newest) * count / near(newest) * chunk;
          case 0 -> rows * count * chunk;
          default -> rows * (count - 1) * chunk;
        };
    return ArrayVolume.of(name, size, budget, legs, chunk, layout);
  }

  private static ArrayLayout layout(Fault fault, MdMember newest, int count, long chunk)
      throws IOException {
    int layout = newest.layout();
    switch (newest.level()) {
      case 0:
        return ArrayLayout.striped(count);
      case 1:
        return ArrayLayout.mirrored(count);
      case 4:
        return ArrayLayout.parity(Math.max(count, 2), ArrayLayout.PARITY_LAST);
      case 5:
        if (count >= 2 && ArrayLayout.isParity(layout)) {
          return ArrayLayout.parity(count, layout);
        }
        break;
      case 10:
        int near = near(newest);
        int far = far(newest);
        boolean takesTurns = (layout >> 16 & 1) != 0;
        boolean isKnown = layout >>> 17 == 0 && Math.max(near, far) <= count;
        if (isKnown && far == 1 && near >= 1) {
          return ArrayLayout.near(count, near);
        }
        if (isKnown && near == 1 && far > 1) {
          long stride = takesTurns ? 1 : newest.size() / chunk / far;
          return ArrayLayout.far(count, far, stride, takesTurns);
        }
        break;
      default:
        break;
    }
    throw fault.unsupported("an array of level " + newest.level() + ", layout " + layout);
  }

  /** Of level 10: how many copies lie beside one another. */
  private static int near(MdMember member) {
    return member.layout() & 0xFF;
  }

  /** Of level 10: how many copies lie further on. */
  private static int far(MdMember member) {
    return member.layout() >> 8 & 0xFF;
  }

  private static Source concatenated(
      Fault fault, String name, Budget budget, List<MdMember> members, List<Optional<Leg>> legs)
      throws IOException {
    TreeMap<Long, Leg> parts = new TreeMap<>();
    long size = 0;
    for (Optional<Leg> leg : legs) {
      Leg there =
          leg.orElseThrow(() -> fault.unsupported("not enough members of the array are here"));
      for (MdMember member : members) {
        if (member.bytes() == there.source()) {
          parts.put(size, there);
          size +=
              member.chunk() > 0 ? member.size() / member.chunk() * member.chunk() : member.size();
        }
      }
    }
    long end = size;
    return new MappedSource(name, size, budget) {
      @Override
      protected Piece pieceAt(long offset) {
        Map.Entry<Long, Leg> part = parts.floorEntry(offset);
        Long next = parts.higherKey(offset);
        long within = offset - part.getKey();
        return new Piece(
            (next == null ? end : next) - offset,
            part.getValue().source(),
            part.getValue().offset() + within);
      }
    };
  }
}
