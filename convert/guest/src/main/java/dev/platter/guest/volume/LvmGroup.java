package dev.platter.guest.volume;

import dev.platter.guest.files.Source;
import dev.platter.guest.files.Text;
import dev.platter.guest.volume.ArrayVolume.Leg;
import dev.platter.image.Fault;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A volume group of LVM2, as those of its physical volumes tell that are on this disk.
 *
 * @param name of the group
 * @param members its physical volumes that are here
 * @param volumes those that a system would show, not those that others are made of
 * @param free where it has one physical volume: the parts of that which no logical volume has;
 *     empty, too, where that is not sure
 * @param isPlain whether there is one physical volume alone and no logical volume has a part of
 *     another one: there are no snapshots, caches, mirrors and the like
 */
public record LvmGroup(
    String name,
    List<Source> members,
    List<LogicalVolume> volumes,
    List<Span> free,
    boolean isPlain) {
  private static final int MAX_VOLUMES = 256;

  /**
   * A logical volume.
   *
   * @param name of the volume
   * @param source its bytes; empty: they cannot be read
   * @param why they cannot
   */
  public record LogicalVolume(String name, Optional<Source> source, String why) {}

  /** A part of the physical volume, bytes. */
  public record Span(long offset, long length) {}

  /** The groups that were found, and what is wrong with physical volumes that are in none. */
  public record Groups(List<LvmGroup> groups, Map<Source, String> left) {}

  /** Reads what one physical volume says; it must be one. */
  public static LvmGroup open(Source volume) throws IOException {
    LvmMember member = LvmMember.read(volume);
    Map<String, Object> text =
        member
            .text()
            .orElseThrow(
                () -> Fault.on(volume.name()).corrupt("it keeps no metadata of its volume group"));
    return of(LvmSection.group(volume.name(), text), List.of(member));
  }

  /** Puts the groups together that lie on these physical volumes. */
  public static Groups find(List<Source> physical) {
    Map<Source, String> left = new HashMap<>();
    List<LvmMember> members = new ArrayList<>();
    // Of each group the newest text: a physical volume may have been left out of a change.
    Map<String, LvmSection> newest = new LinkedHashMap<>();
    for (Source volume : physical) {
      try {
        LvmMember member = LvmMember.read(volume);
        members.add(member);
        if (member.text().isPresent()) {
          LvmSection text = LvmSection.group(volume.name(), member.text().get());
          newest.merge(text.text("id"), text, (a, b) -> b.sequence() > a.sequence() ? b : a);
        }
      } catch (IOException e) {
        left.put(volume, e.getMessage());
      }
    }
    List<LvmGroup> groups = new ArrayList<>();
    for (LvmSection text : newest.values()) {
      List<LvmMember> own = new ArrayList<>();
      for (LvmSection device : text.sections("physical_volumes")) {
        members.stream().filter(member -> member.id().equals(device.text("id"))).forEach(own::add);
      }
      try {
        long different = own.stream().map(LvmMember::id).distinct().count();
        if (different < own.size()) {
          throw Fault.on(text.name()).corrupt("two physical volumes are the same one");
        }
        groups.add(of(text, own));
        members.removeAll(own);
      } catch (IOException e) {
        own.forEach(member -> left.put(member.bytes(), e.getMessage()));
      }
    }
    members.forEach(
        member -> left.putIfAbsent(member.bytes(), "no metadata tells of this physical volume"));
    return new Groups(groups, left);
  }

  private static LvmGroup of(LvmSection group, List<LvmMember> members) throws IOException {
    if (members.isEmpty()) {
      throw Fault.on(group.name()).corrupt("the group has none of the physical volumes here");
    }
    long extent = group.extentSize();
    Map<String, Leg> devices = new HashMap<>();
    List<LvmSection> all = group.sections("physical_volumes");
    LvmFree free = LvmFree.UNKNOWN;
    List<Span> spans = new ArrayList<>();
    for (LvmSection device : all) {
      for (LvmMember member : members) {
        if (member.id().equals(device.text("id"))) {
          devices.put(device.name(), new Leg(member.bytes(), device.dataStart()));
          if (all.size() == 1) {
            free = LvmFree.of(group.map("logical_volumes"), device.name(), device.extents());
            for (Span span : free.free()) {
              spans.add(
                  new Span(device.dataStart() + span.offset() * extent, span.length() * extent));
            }
          }
        }
      }
    }
    LvmVolumes made = new LvmVolumes(group, devices, members.getFirst().bytes());
    List<LogicalVolume> volumes = new ArrayList<>();
    for (LvmSection logical : group.sections("logical_volumes")) {
      if (logical.isShown() && volumes.size() < MAX_VOLUMES) {
        volumes.add(volume(made, logical.name()));
      }
    }
    return new LvmGroup(
        Text.clean(group.name()),
        members.stream().map(LvmMember::bytes).toList(),
        List.copyOf(volumes),
        List.copyOf(spans),
        free.isPlain());
  }

  private static LogicalVolume volume(LvmVolumes made, String name) {
    String shown = Text.clean(name);
    try {
      return new LogicalVolume(shown, Optional.of(made.volume(name)), "");
    } catch (IOException e) {
      return new LogicalVolume(shown, Optional.empty(), e.getMessage());
    }
  }
}
