package dev.platter.benchmarks.race;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The command lines that change images with parents or snapshots. Before each run qemu-img makes
 * the image that is changed anew, so all contenders find the same.
 */
final class Chains {
  private final String qemu;
  private final String platter;
  private final Path data;

  Chains(Settings settings) {
    qemu = settings.qemuImg().toString();
    platter = settings.program().resolve("bin/platter").toString();
    data = settings.data();
  }

  /** All of a disk goes down into a parent that is empty. */
  List<Contender> committing(Disk raw) {
    Path base = data.resolve("target-base.qcow2");
    Path overlay = data.resolve("overlay.qcow2");
    String size = Long.toString(raw.set().size());
    List<List<String>> before =
        List.of(
            List.of(qemu, "create", "-q", "-f", "qcow2", base.toString(), size),
            // Committing with -d leaves the overlay as it is, so it is made once.
            List.of(
                "sh",
                "-c",
                "[ -f \"$4\" ] || \"$1\" convert -f raw -O qcow2 -B \"$3\" -F qcow2 \"$2\" \"$4\"",
                "overlay",
                qemu,
                raw.in(data).toString(),
                base.toString(),
                overlay.toString()));
    return both(base, before, "commit", "-q", "-d", "-f", "qcow2", overlay.toString());
  }

  /** An empty image takes over all that its parent holds, as the new parent is empty. */
  List<Contender> rebasing(Disk parent) {
    Path overlay = data.resolve("target-overlay.qcow2");
    String base = data.resolve("empty-parent.qcow2").toString();
    String size = Long.toString(parent.set().size());
    List<List<String>> before =
        List.of(
            List.of(qemu, "create", "-q", "-f", "qcow2", base, size),
            List.of(
                qemu,
                "create",
                "-q",
                "-f",
                "qcow2",
                "-b",
                parent.in(data).toString(),
                "-F",
                "qcow2",
                overlay.toString()));
    return both(
        overlay, before, "rebase", "-f", "qcow2", "-b", base, "-F", "qcow2", overlay.toString());
  }

  /**
   * A snapshot of a disk with large tables.
   *
   * @param action {@code -c}: is made, {@code -d}: is deleted
   */
  List<Contender> snapshot(String action, Disk disk) {
    Path changed = data.resolve("target-snapshot.qcow2");
    List<List<String>> before = new ArrayList<>();
    before.add(List.of("cp", "--sparse=always", disk.in(data).toString(), changed.toString()));
    if (action.equals("-d")) {
      before.add(List.of(qemu, "snapshot", "-c", "one", changed.toString()));
    }
    return both(changed, before, "snapshot", action, "one", changed.toString());
  }

  private List<Contender> both(Path target, List<List<String>> before, String... arguments) {
    List<Contender> contenders = new ArrayList<>();
    contenders.add(
        Contender.changing(target, Contender.PLATTER, before, command(platter, arguments)));
    contenders.add(Contender.changing(target, Contender.QEMU, before, command(qemu, arguments)));
    return contenders;
  }

  private static List<String> command(String program, String... arguments) {
    List<String> command = new ArrayList<>(List.of(program));
    command.addAll(List.of(arguments));
    return command;
  }
}
