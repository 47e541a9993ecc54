package dev.platter.service.plugin;

import dev.platter.guest.GuestVolumes;
import dev.platter.guest.packages.Inventory;
import dev.platter.guest.packages.PackageDatabase;
import dev.platter.image.DiskImage;
import dev.platter.image.ImageException;
import dev.platter.service.ImportDraft;
import dev.platter.service.ImportPlugin;
import java.io.IOException;
import java.util.List;
import java.util.TreeSet;

/**
 * Tells by properties how much is installed in the systems on a disk: {@link #COUNT}, {@link
 * #MANAGERS}, and {@link #COMPLETE}, which is {@code false} where a list was damaged, or a part of
 * the disk could not be looked into, so that there may be more. A disk without a list tells
 * nothing, and none is refused. What people set of that name is set anew: it is no opinion. The
 * lists themselves are not stored: {@code platter packages} makes them of the image at any time.
 */
public final class PackageInventory implements ImportPlugin {
  public static final String COUNT = "os_packages";
  public static final String MANAGERS = "os_package_managers";
  public static final String COMPLETE = "os_packages_complete";

  @Override
  public String name() {
    return "package_inventory";
  }

  @Override
  public void run(ImportDraft draft) throws IOException {
    if (!Introspection.isDisk(draft)) {
      return;
    }
    String name = "image " + draft.job().imageId();
    try (DiskImage disk = draft.openDisk();
        GuestVolumes volumes = GuestVolumes.open(disk.map(), name, Inventory.LIMITS)) {
      tell(Inventory.of(volumes.volumes()), draft);
    } catch (ImageException e) {
      return; // Damaged or encrypted: there is nothing to learn.
    }
  }

  private static void tell(Inventory found, ImportDraft draft) {
    List<PackageDatabase> lists =
        found.systems().stream().flatMap(system -> system.databases().stream()).toList();
    if (lists.isEmpty()) {
      return;
    }
    TreeSet<String> managers = new TreeSet<>();
    int count = 0;
    for (PackageDatabase list : lists) {
      managers.add(list.manager().label());
      count += list.packages().size();
    }
    draft.set(COUNT, Integer.toString(count));
    draft.set(MANAGERS, String.join(",", managers));
    draft.set(COMPLETE, Boolean.toString(found.doubts().isEmpty()));
  }
}
