package dev.platter.cli.answer;

import dev.platter.cli.text.TextTable;
import dev.platter.guest.EfiProgram;
import dev.platter.guest.FileSystem;
import dev.platter.guest.Firmware;
import dev.platter.guest.GuestDescription;
import dev.platter.guest.OperatingSystem;
import dev.platter.guest.Partition;
import dev.platter.guest.PartitionTable;
import dev.platter.image.Sizes;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/** What a disk holds, for people: a few lines, and a table of partitions and what is in them. */
public final class GuestText {
  private static final String INDENT = "    ";
  private static final int MAX_PROGRAMS = 8;
  private static final List<String> COLUMNS =
      List.of("", "START", "SIZE", "TYPE", "NAME", "FLAGS", "HOLDS", "LABEL", "UUID");
  private static final Set<Integer> NUMBERS = Set.of(1, 2);

  private GuestText() {}

  public static void print(GuestDescription guest, PrintStream out) {
    out.println("Guest:");
    for (OperatingSystem system : guest.operatingSystems()) {
      String architecture = system.architecture().isEmpty() ? "" : ", " + system.architecture();
      line(
          out,
          "operating system",
          system.prettyName() + architecture + " (" + system.place() + ")");
    }
    if (guest.operatingSystems().isEmpty() && !guest.architecture().isEmpty()) {
      line(out, "architecture", guest.architecture());
    }
    List<String> firmware = new ArrayList<>();
    for (Firmware each : Firmware.values()) {
      if (guest.starts(each)) {
        firmware.add(each.name());
      }
    }
    if (!firmware.isEmpty()) {
      line(out, "firmware", String.join(" or ", firmware));
    }
    guest.efiPrograms().stream().limit(MAX_PROGRAMS).forEach(program -> print(program, out));
    int more = guest.efiPrograms().size() - MAX_PROGRAMS;
    if (more > 0) {
      line(out, "UEFI starts", more + " more");
    }
    guest.partitionTable().ifPresent(table -> printTable(table, out));
    List<String[]> rows = rows(guest);
    if (rows.size() > 1) {
      TextTable.print(rows, NUMBERS, INDENT, out);
    } else if (guest.operatingSystems().isEmpty()) {
      line(out, "contents", "no partition table and no file system that is known here");
    }
    for (FileSystem system : guest.fileSystems()) {
      system.unreadable().ifPresent(reason -> line(out, system.place() + " not readable", reason));
    }
  }

  private static void line(PrintStream out, String key, String value) {
    out.println(INDENT + key + ": " + value);
  }

  private static void print(EfiProgram program, PrintStream out) {
    String architecture = program.architecture().isEmpty() ? "" : ", " + program.architecture();
    String signer = program.signer().isEmpty() ? ", not signed" : ", signed by " + program.signer();
    line(out, "UEFI starts", program.path() + architecture + signer + " (" + program.place() + ")");
  }

  private static void printTable(PartitionTable table, PrintStream out) {
    String kind =
        table.kind() == PartitionTable.Kind.HYBRID ? "GPT with a hybrid MBR" : table.kind().name();
    String id = table.id().isEmpty() ? "" : ", id " + table.id();
    line(out, "partition table", kind + ", sectors of " + table.sectorSize() + " bytes" + id);
    for (String problem : table.problems()) {
      line(out, "problem", problem);
    }
    table.mbrFault().ifPresent(fault -> line(out, "image services may refuse it", fault));
  }

  /** The head first, then the disk itself, then each partition with what is in it. */
  private static List<String[]> rows(GuestDescription guest) {
    List<String[]> rows = new ArrayList<>();
    rows.add(COLUMNS.toArray(String[]::new));
    for (FileSystem system : guest.fileSystems()) {
      if (system.partition().isEmpty()) {
        String size = system.size() > 0 ? Sizes.text(system.size()) : "";
        rows.add(row(system.place(), "", size, "", "", "", system));
      }
    }
    if (guest.partitionTable().isPresent()) {
      for (Partition partition : guest.partitionTable().get().partitions()) {
        List<FileSystem> inside = new ArrayList<>();
        for (FileSystem system : guest.fileSystems()) {
          if (system.partition().equals(OptionalInt.of(partition.number()))) {
            inside.add(system);
          }
        }
        rows.add(row(partition, inside.isEmpty() ? null : inside.getFirst()));
        for (int i = 1; i < inside.size(); i++) {
          FileSystem system = inside.get(i);
          String size = system.size() > 0 ? Sizes.text(system.size()) : "";
          rows.add(row(system.place(), "", size, "", "", "", system));
        }
      }
    }
    return rows;
  }

  private static String[] row(Partition partition, FileSystem inside) {
    return row(
        Integer.toString(partition.number()),
        Sizes.text(partition.offset()),
        Sizes.text(partition.length()),
        partition.typeName().isEmpty() ? partition.type() : partition.typeName(),
        partition.name(),
        String.join(",", partition.flags()),
        inside);
  }

  private static String[] row(
      String place,
      String start,
      String size,
      String type,
      String name,
      String flags,
      FileSystem inside) {
    boolean known = inside != null;
    return new String[] {
      place,
      start,
      size,
      type,
      name,
      flags,
      known ? inside.kind() : "",
      known ? inside.label() : "",
      known ? inside.uuid() : ""
    };
  }
}
