package dev.platter.cli.files;

import dev.platter.cli.line.BuildTime;
import dev.platter.cli.line.Command;
import dev.platter.cli.line.Example;
import dev.platter.cli.line.ExitCode;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.line.Option;
import dev.platter.cli.text.JsonText;
import dev.platter.guest.Volume;
import dev.platter.guest.packages.Inventory;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code packages}: what is installed in the systems on disks. */
public final class PackagesCommand extends Command {
  private static final Option FORM =
      new Option(
          "",
          "output",
          "human|json|cyclonedx|spdx",
          "form of the answer (default: human); cyclonedx and spdx: a bill of materials of one"
              + " disk (CycloneDX 1.6, SPDX 2.3)");

  /** The forms that an answer may have. */
  private enum Form {
    HUMAN,
    JSON,
    CYCLONEDX,
    SPDX;

    static Form of(Invocation call) throws Failure {
      String wanted = call.arguments().last(FORM, "human");
      return switch (wanted) {
        case "human" -> HUMAN;
        case "json" -> JSON;
        case "cyclonedx" -> CYCLONEDX;
        case "spdx" -> SPDX;
        default ->
            throw Failure.usage(
                "--output expects 'human', 'json', 'cyclonedx' or 'spdx', not '" + wanted + "'");
      };
    }
  }

  @Override
  public String name() {
    return "packages";
  }

  @Override
  public String summary() {
    return "List the packages that are installed in the systems in an image";
  }

  @Override
  public String usage() {
    return "[-f FMT] [--output human|json|cyclonedx|spdx] [--partition N | --volume GROUP/NAME]"
        + " DISK...";
  }

  @Override
  public List<Option> options() {
    List<Option> all = new ArrayList<>(OpenDisk.OPTIONS);
    all.add(2, FORM);
    return all;
  }

  @Override
  public String operands() {
    return "DISK  the images; all of their file systems are looked into\n\n"
        + "The lists of dpkg, rpm, apk and pacman are read, and that of Windows' programs.";
  }

  @Override
  public List<ExitCode> exitCodes() {
    return Skipped.EXIT_CODES;
  }

  @Override
  public List<Example> examples() {
    return List.of(
        new Example("list what is installed", "packages disk.qcow2"),
        new Example(
            "the same of several disks, for programs",
            "packages --output=json disk.qcow2 disk.vmdk"),
        new Example("make a bill of materials", "packages --output=cyclonedx disk.qcow2"));
  }

  @Override
  public int run(Invocation call) throws IOException, Failure {
    Form form = Form.of(call);
    boolean isBill = form == Form.CYCLONEDX || form == Form.SPDX;
    List<String> disks =
        Operands.of(call, 1, isBill ? 1 : Integer.MAX_VALUE, isBill ? "DISK" : "DISK...");
    List<DiskPackages> found = new ArrayList<>();
    for (String disk : disks) {
      found.add(look(call, disk));
    }
    switch (form) {
      case HUMAN -> PackageTable.print(found, call.out());
      case JSON -> JsonText.print(found.stream().map(PackageFacts::of).toList(), call.out());
      case CYCLONEDX -> JsonText.print(CycloneDx.bill(found.getFirst()), call.out());
      case SPDX ->
          JsonText.print(
              SpdxBill.of(found.getFirst(), BuildTime.set().orElseGet(Instant::now)), call.out());
    }
    for (DiskPackages each : found) {
      each.doubts().forEach(doubt -> call.complain("'" + each.name() + "': " + doubt));
    }
    boolean isAll = found.stream().allMatch(each -> each.doubts().isEmpty());
    return isAll ? 0 : Skipped.NOT_ALL;
  }

  private static DiskPackages look(Invocation call, String name) throws IOException, Failure {
    try (OpenDisk disk = OpenDisk.open(call, name, Inventory.LIMITS)) {
      Optional<Volume> chosen = disk.chosen(call);
      DiskPackages found =
          new DiskPackages(
              disk.name(),
              Inventory.of(chosen.isPresent() ? List.of(chosen.get()) : disk.volumes()));
      if (found.inventory().systems().isEmpty()) {
        List<String> why = new ArrayList<>(List.of("'" + disk.name() + "': no system is found"));
        why.addAll(found.doubts());
        throw new Failure(String.join("; ", why));
      }
      return found;
    }
  }
}
