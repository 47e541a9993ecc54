package dev.platter.cli.files;

import dev.platter.cli.text.TextTable;
import dev.platter.guest.packages.InstalledPackage;
import dev.platter.guest.packages.PackageDatabase;
import dev.platter.guest.packages.SystemPackages;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Packages for people: a heading for each system and each list, and a line for each package. */
final class PackageTable {
  private static final String[] COLUMNS = {"NAME", "VERSION", "ARCHITECTURE"};

  private PackageTable() {}

  static void print(List<DiskPackages> disks, PrintStream out) {
    boolean isFirst = true;
    for (DiskPackages disk : disks) {
      for (SystemPackages system : disk.inventory().systems()) {
        if (!isFirst) {
          out.println();
        }
        isFirst = false;
        out.println(disk.name() + ": " + system.title());
        for (PackageDatabase database : system.databases()) {
          print(database, out);
        }
      }
    }
  }

  private static void print(PackageDatabase database, PrintStream out) {
    int count = database.packages().size();
    String noun = count == 1 ? " package" : " packages";
    out.println(database.manager().label() + " (" + database.path() + "): " + count + noun);
    if (count == 0) {
      return;
    }
    List<String[]> rows = new ArrayList<>();
    rows.add(COLUMNS);
    for (InstalledPackage each : database.packages()) {
      rows.add(new String[] {each.name(), each.version(), each.architecture()});
    }
    TextTable.print(rows, Set.of(), "", out);
  }
}
