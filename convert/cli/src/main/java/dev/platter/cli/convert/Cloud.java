package dev.platter.cli.convert;

import dev.platter.cli.image.Wrap;
import dev.platter.cli.line.Arguments;
import dev.platter.cli.line.Command;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.image.Sizes;
import dev.platter.storage.Location;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;

/**
 * What a cloud or a hypervisor imports, as its documentation says: which formats, under which
 * names, how sizes are rounded, and how large a disk may be.
 *
 * @param name as {@code --for} has it
 * @param shown as its users call it
 * @param forms what it takes, the usual one first
 * @param unit sizes are multiples of this many bytes; 0: of any, or the format sees to it
 * @param most the largest disk, bytes
 */
record Cloud(String name, String shown, List<Form> forms, long unit, long most) {
  /**
   * One form of disks.
   *
   * @param ending how the file's name ends, without the dot
   * @param format the image format
   * @param options its options; empty: as usual
   * @param wrap what is around it; {@code none}: nothing
   */
  private record Form(String ending, String format, String options, String wrap) {
    static Form of(String ending, String format, String options) {
      return new Form(ending, format, options, "none");
    }
  }

  private static final long GIB = 1L << 30;
  private static final long TIB = 1L << 40;
  private static final Form STREAM = Form.of("vmdk", "vmdk", "subformat=streamOptimized");
  private static final Form HYPER_V = Form.of("vhdx", "vhdx", "");
  private static final Form RAW = Form.of("raw", "raw", "");
  private static final Form IMG = Form.of("img", "raw", "");

  /** A VHD of just the size that is asked for. */
  private static final Form VHD = Form.of("vhd", "vpc", "force_size=on");

  private static final List<Cloud> ALL =
      List.of(
          new Cloud(
              "gcp",
              "Compute Engine",
              List.of(new Form("tar.gz", "raw", "", "tar.gz")),
              GIB,
              2 * TIB),
          new Cloud("aws", "VM Import", List.of(STREAM, VHD, HYPER_V, RAW, IMG), 0, 16 * TIB),
          new Cloud(
              "azure", "Azure", List.of(Form.of("vhd", "vpc", "profile=azure")), 0, 32_767 * GIB),
          new Cloud("vsphere", "vSphere", List.of(STREAM, Form.of("ova", "ova", "")), 0, 62 * TIB),
          new Cloud("hyperv", "Hyper-V", List.of(HYPER_V, VHD), 0, 64 * TIB),
          new Cloud(
              "openstack",
              "OpenStack",
              List.of(Form.of("qcow2", "qcow2", "compat=1.1"), RAW, IMG),
              0,
              Long.MAX_VALUE));

  /** A VHD of Hyper-V's, of whatever kind, has no larger disk. */
  private static final long MOST_OF_VHD = 2040 * GIB;

  /**
   * The same call, with what {@code --for} means said in full; unchanged without it.
   *
   * @throws Failure if something else is asked for that this cloud would refuse
   */
  static Invocation understood(Invocation call) throws Failure {
    if (!call.has(ConvertCommand.FOR)) {
      return call;
    }
    Cloud cloud = of(call);
    Arguments arguments = call.arguments();
    if (arguments.operands().isEmpty()) {
      return call; // what is missing is told by those who miss it
    }
    if (arguments.has(Command.NO_CREATE)
        || arguments.has(ConvertCommand.BACKING)
        || arguments.has(BaseConversion.BASE)) {
      throw new Failure("--for " + cloud.name + " makes a new image that needs no other");
    }
    Form form = cloud.form(arguments.operands().getLast());
    cloud.requireSame("-O", arguments.last(ConvertCommand.TARGET_FORMAT), form.format);
    cloud.requireSame("--wrap", arguments.last(Wrap.WRAP), form.wrap);
    arguments = arguments.withFirst(ConvertCommand.TARGET_FORMAT, form.format);
    arguments = arguments.withFirst(Wrap.WRAP, form.wrap);
    if (!form.options.isEmpty()) {
      arguments = arguments.withFirst(ConvertCommand.TARGET_OPTIONS, form.options);
    }
    if (cloud.unit > 0) {
      cloud.requireUnit(arguments.last(ConvertCommand.ROUND_SIZE));
      arguments = arguments.withFirst(ConvertCommand.ROUND_SIZE, Long.toString(cloud.unit));
    }
    return call.with(arguments);
  }

  /**
   * Refuses a disk that is too large.
   *
   * @param size of the disk, bytes
   */
  static void checkSize(Invocation call, long size) throws Failure {
    if (!call.has(ConvertCommand.FOR)) {
      return;
    }
    Cloud cloud = of(call);
    Form form = cloud.form(call.arguments().operands().getLast());
    long most = form == VHD ? Math.min(MOST_OF_VHD, cloud.most) : cloud.most;
    if (size > most) {
      throw new Failure(
          "%s takes disks of at most %d GiB as %s, this one has %d bytes"
              .formatted(cloud.shown, most / GIB, form.ending, size));
    }
  }

  private static Cloud of(Invocation call) throws Failure {
    String wanted = call.arguments().last(ConvertCommand.FOR);
    List<String> names = new ArrayList<>();
    for (Cloud cloud : ALL) {
      if (cloud.name.equals(wanted)) {
        return cloud;
      }
      names.add(cloud.name);
    }
    throw new Failure(
        "--for expects one of " + String.join(", ", names) + ", not '" + wanted + "'");
  }

  /** The form that a target's name says; of a name that is no file's, the usual one. */
  private Form form(String target) throws Failure {
    String lower = target.toLowerCase(Locale.ROOT);
    StringJoiner endings = new StringJoiner(", ");
    for (Form form : forms) {
      if (lower.endsWith("." + form.ending)) {
        return form;
      }
      endings.add("." + form.ending);
    }
    if (target.equals("-") || Location.schemeOf(target).isPresent()) {
      return forms.getFirst();
    }
    throw new Failure(
        "%s takes files whose names end in %s, not '%s'".formatted(shown, endings, target));
  }

  private void requireSame(String option, String given, String own) throws Failure {
    boolean isSame = given == null || given.equals(own) || given.startsWith(own + ":");
    if (!isSame) {
      throw new Failure("%s %s: %s takes %s under this name".formatted(option, given, shown, own));
    }
  }

  private void requireUnit(String given) throws Failure {
    try {
      if (given != null && Sizes.parse(given) % unit != 0) {
        throw new Failure(
            "--round-size %s: %s takes multiples of %d GiB".formatted(given, shown, unit / GIB));
      }
    } catch (NumberFormatException e) {
      throw new Failure("--round-size expects a size, not '" + given + "'");
    }
  }
}
