package dev.platter.cli.command;

import dev.platter.cli.answer.SnapshotTable;
import dev.platter.cli.image.EditedImage;
import dev.platter.cli.line.Arguments;
import dev.platter.cli.line.Command;
import dev.platter.cli.line.Example;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.line.Option;
import dev.platter.cli.source.Access;
import dev.platter.cli.source.CacheMode;
import dev.platter.cli.source.Source;
import dev.platter.cli.text.Reasons;
import dev.platter.image.ImageInfo;
import dev.platter.image.Snapshot;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.image.spi.FileUse;
import dev.platter.image.spi.Snapshots;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** {@code snapshot}: lists the internal snapshots of an image, takes, applies and deletes them. */
public final class SnapshotCommand extends Command {
  private static final Option LIST = new Option("l", "list", "", "list them (what is done else)");
  private static final Option CREATE =
      new Option("c", "create", "NAME", "keep the disk as it is now under this name");
  private static final Option APPLY =
      new Option(
          "a", "apply", "SNAPSHOT", "make the disk what it was then; what it is now is lost");
  private static final Option DELETE =
      new Option("d", "delete", "NAME", "forget the snapshot, and give its space back");

  @Override
  public String name() {
    return "snapshot";
  }

  @Override
  public String summary() {
    return "List, take, apply and delete internal snapshots of an image";
  }

  @Override
  public String usage() {
    return "[-f FMT] [-l | -c NAME | -a SNAPSHOT | -d NAME] [-U] [-q] FILE";
  }

  @Override
  public List<Option> options() {
    return List.of(
        Option.HELP, FORMAT, LIST, CREATE, APPLY, DELETE, FORCE_SHARE, QUIET, IMAGE_OPTS, OBJECT);
  }

  @Override
  public String operands() {
    return "FILE  the image\n\nSNAPSHOT is an identifier or, where none is so called, a name.";
  }

  @Override
  public List<Example> examples() {
    return List.of(
        new Example("list what there is", "snapshot -l disk.qcow2"),
        new Example("take one", "snapshot -c tuesday disk.qcow2"),
        new Example("go back to one", "snapshot -a monday disk.qcow2"));
  }

  @Override
  public boolean exitCodeSaysAll(Arguments arguments) {
    return arguments.has(CREATE) || arguments.has(APPLY) || arguments.has(DELETE);
  }

  @Override
  public int run(Invocation call) throws IOException, Failure {
    List<Option> known = List.of(LIST, CREATE, APPLY, DELETE);
    long actions = call.arguments().given().stream().filter(known::contains).count();
    if (actions > 1) {
      throw Failure.usage("Cannot mix '-l', '-a', '-c', '-d'");
    }
    String file = call.operand();
    boolean changes = actions == 1 && !call.has(LIST);
    Access access =
        changes
            ? Access.changing(call, CacheMode.WRITEBACK)
            : Access.reading(call, FileUse.READ, CacheMode.WRITEBACK);
    try (Source source =
        Source.open(file, call.arguments().last(FORMAT), null, Optional.empty(), changes, access)) {
      if (!changes) {
        list(call, source);
        return 0;
      }
      try (EditedImage image = EditedImage.open(call, source, CacheMode.WRITEBACK)) {
        Optional<Snapshots> snapshots = image.editor().snapshots();
        ImageInfo info = image.editor().info();
        if (call.has(CREATE)) {
          create(call, snapshots, source);
        } else if (call.has(APPLY)) {
          apply(call, snapshots, info, source);
        } else {
          delete(call, snapshots, info, source);
        }
      }
    }
    return 0;
  }

  private static void list(Invocation call, Source source) throws IOException {
    List<Snapshot> snapshots = source.chain().top().image().info().snapshots();
    if (!snapshots.isEmpty()) {
      SnapshotTable.print(snapshots, call.out());
    }
  }

  private static void create(Invocation call, Optional<Snapshots> snapshots, Source source)
      throws IOException, Failure {
    String name = call.arguments().last(CREATE);
    String wrong = "Could not create snapshot '" + name + "': ";
    if (snapshots.isEmpty()) {
      throw lacking(call, wrong, "Operation not supported", source);
    }
    try {
      snapshots.get().create(name, Instant.now());
    } catch (UnsupportedFeatureException e) {
      String why = call.profile().asQemuImg() ? refusal(source) : Reasons.of(e);
      throw new Failure(wrong + why);
    }
  }

  /** Why there can be no snapshot, in the system's words as qemu-img has them. */
  private static String refusal(Source source) throws IOException {
    ImageInfo info = source.chain().top().image().info();
    boolean hasDataFile = info.details().containsKey("data-file");
    return hasDataFile ? "Operation not supported" : "Invalid argument";
  }

  /** That a snapshot of such images is another image, which commands of its own make. */
  private static Failure lacking(Invocation call, String wrong, String asQemuImg, Source source) {
    return new Failure(
        wrong
            + (call.profile().asQemuImg()
                ? asQemuImg
                : "images of format "
                    + source.chain().top().format().name()
                    + " take no snapshots in place; one of them is another image over this one"
                    + " (create -b, commit, rebase)"));
  }

  private static void apply(
      Invocation call, Optional<Snapshots> snapshots, ImageInfo info, Source source)
      throws IOException, Failure {
    String wanted = call.arguments().last(APPLY);
    String wrong = "Could not apply snapshot '" + wanted + "': ";
    if (snapshots.isEmpty()) {
      throw lacking(call, wrong, "Block driver does not support snapshots", source);
    }
    if (call.profile().asQemuImg() && info.details().containsKey("data-file")) {
      throw new Failure(wrong + "Failed to load snapshot: Operation not supported");
    }
    Snapshot found = byName(info.snapshots(), wanted);
    for (Snapshot snapshot : info.snapshots()) {
      if (snapshot.id().equals(wanted)) {
        found = snapshot;
        break;
      }
    }
    boolean busy = info.details().containsKey("bitmaps");
    if (found == null && !busy) {
      throw new Failure(wrong + "Failed to load snapshot: No such file or directory");
    }
    if (busy) {
      throw new Failure(wrong + "Device has active dirty bitmaps");
    }
    try {
      snapshots.get().apply(found);
    } catch (UnsupportedFeatureException e) {
      String why =
          call.profile().asQemuImg() ? "Failed to load snapshot: Invalid argument" : Reasons.of(e);
      throw new Failure(wrong + why);
    }
  }

  private static void delete(
      Invocation call, Optional<Snapshots> snapshots, ImageInfo info, Source source)
      throws IOException, Failure {
    String wanted = call.arguments().last(DELETE);
    String wrong = "Could not delete snapshot '" + wanted + "': ";
    Snapshot found = byName(info.snapshots(), wanted);
    boolean isLacking = snapshots.isEmpty() && !call.profile().asQemuImg();
    if (found == null && !isLacking) {
      throw new Failure(wrong + "snapshot not found");
    }
    if (snapshots.isEmpty()) {
      throw lacking(call, wrong, "Operation not supported", source);
    }
    try {
      snapshots.get().delete(found);
    } catch (UnsupportedFeatureException e) {
      throw new Failure(wrong + Reasons.of(e));
    }
  }

  private static Snapshot byName(List<Snapshot> snapshots, String name) {
    for (Snapshot snapshot : snapshots) {
      if (snapshot.name().equals(name)) {
        return snapshot;
      }
    }
    return null;
  }
}
