package dev.platter.guest.packages;

import dev.platter.guest.InspectionLimits;
import dev.platter.guest.OperatingSystem;
import dev.platter.guest.SystemRoot;
import dev.platter.guest.Volume;
import dev.platter.guest.files.Budget;
import dev.platter.guest.files.FileTree;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What is installed in the operating systems on a disk.
 *
 * @param systems in the order of the disk
 * @param unread why there may be more: the places that could not be looked into, and why
 */
public record Inventory(List<SystemPackages> systems, Map<String, String> unread) {
  /**
   * What looking for packages may cost, for each list of them: enough for databases of 3,000
   * packages ten times over, and about a second for one that was made to waste time.
   */
  public static final InspectionLimits LIMITS =
      new InspectionLimits(1L << 30, 4_000_000, InspectionLimits.DEFAULT.maxPartitions());

  /** Kinds that hold no files of their own; a disc's system is none that is installed. */
  private static final Set<String> WITHOUT = Set.of("swap", "LVM2_member", "iso9660", "udf");

  public Inventory {
    systems = List.copyOf(systems);
    unread = Collections.unmodifiableMap(new LinkedHashMap<>(unread));
  }

  /**
   * Reads the lists of packages of all systems.
   *
   * @param volumes to look into; opened within {@link #LIMITS} where the disk is a stranger's
   */
  public static Inventory of(List<Volume> volumes) {
    Search search = new Search();
    for (Volume volume : volumes) {
      search.look(volume);
    }
    return new Inventory(search.joined(), search.unread);
  }

  /** Why there may be more than was found, each in a sentence; none: there is no reason. */
  public List<String> doubts() {
    List<String> doubts = new ArrayList<>();
    unread.forEach((place, why) -> doubts.add(place + " is not looked into: " + why));
    for (SystemPackages system : systems) {
      if (system.databases().isEmpty()) {
        doubts.add(system.title() + " has no list of packages that is known here");
      }
      for (PackageDatabase database : system.databases()) {
        database
            .problem()
            .ifPresent(problem ->
                doubts.add(
                    database.path() + " of " + system.place() + " is not all read: " + problem));
      }
    }
    return doubts;
  }

  private static final class Search {
    private final List<SystemPackages> systems = new ArrayList<>();
    private final List<SystemPackages> parts = new ArrayList<>();
    private final Map<String, String> unread = new LinkedHashMap<>();

    void look(Volume volume) {
      String place = volume.fileSystem().place();
      String kind = volume.fileSystem().kind();
      boolean isWithout = WITHOUT.contains(kind);
      try {
        if (volume.hasFiles() && !isWithout) {
          lookInto(volume, place);
        } else if (!isWithout || volume.fileSystem().unreadable().isPresent()) {
          unread.put(place, volume.whyNoFiles());
        }
      } catch (IOException e) {
        unread.put(place, e.getMessage());
      }
    }

    private void lookInto(Volume volume, String place) throws IOException {
      Budget budget = volume.bytes().orElseThrow().budget();
      budget.renew();
      FileTree files = volume.open();
      Optional<SystemRoot> root = SystemRoot.find(files, place);
      if (root.isPresent()) {
        OperatingSystem system = root.get().system();
        systems.add(
            new SystemPackages(
                Optional.of(system),
                system.place(),
                Databases.inRoot(root.get().files(), budget, system.architecture())));
        return;
      }
      List<PackageDatabase> databases = Databases.inPart(files, budget);
      if (!databases.isEmpty()) {
        parts.add(new SystemPackages(Optional.empty(), place, databases));
      }
    }

    /** A list beside the only system, which has none of its own, is its. */
    List<SystemPackages> joined() {
      boolean isOnly = systems.size() == 1 && systems.getFirst().databases().isEmpty();
      if (isOnly && parts.size() == 1) {
        SystemPackages system = systems.getFirst();
        return List.of(
            new SystemPackages(system.system(), system.place(), parts.getFirst().databases()));
      }
      List<SystemPackages> all = new ArrayList<>(systems);
      all.addAll(parts);
      return List.copyOf(all);
    }
  }
}
