package dev.platter.ova;

import dev.platter.archive.TarHeader;
import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.OptionSpec;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How a new appliance is to be described.
 *
 * @param name what the virtual machine is called; empty: as its file
 * @param osType VMware's identifier of the guest system
 * @param cpus virtual processors
 * @param memory bytes
 * @param adapterType the disk's controller: ide, lsilogic, buslogic
 * @param hardware the family of virtual hardware, such as vmx-10
 * @param chunkSize the most that one member of the tar may have, bytes
 * @param disk the options of the disk inside, for its own format
 */
record OvaOptions(
    Optional<String> name,
    String osType,
    int cpus,
    long memory,
    String adapterType,
    String hardware,
    long chunkSize,
    List<String> disk) {
  private static final long MAX_CHUNK = TarHeader.MAX_SIZE / TarHeader.BLOCK * TarHeader.BLOCK;
  private static final long MIN_CHUNK = 1 << 16;
  private static final List<String> ADAPTER_TYPES = List.of("ide", "lsilogic", "buslogic");
  private static final long MIB = 1 << 20;

  static final List<OptionSpec> SPECS =
      List.of(
          new OptionSpec("size", OptionSpec.Type.SIZE, "Virtual disk size"),
          new OptionSpec(
              "adapter_type",
              OptionSpec.Type.STRING,
              "Disk controller, can be one of lsilogic (default), buslogic or ide"),
          new OptionSpec(
              "chunk_size",
              OptionSpec.Type.SIZE,
              "Cut disk files longer than this into chunks (8G less 512 by default)"),
          new OptionSpec(
              "compression_level", OptionSpec.Type.NUMBER, "Compression effort (1 to 12)"),
          new OptionSpec("cpus", OptionSpec.Type.NUMBER, "Virtual processors (1 by default)"),
          new OptionSpec(
              "hwversion",
              OptionSpec.Type.NUMBER,
              "VMware's virtual hardware version (10 by default)"),
          new OptionSpec("memory", OptionSpec.Type.SIZE, "Memory (1G by default)"),
          new OptionSpec(
              "name",
              OptionSpec.Type.STRING,
              "Name of the virtual machine and its files (that of the .ova)"),
          new OptionSpec(
              "os_type",
              OptionSpec.Type.STRING,
              "VMware's name of the guest system, such as ubuntu64Guest (otherGuest64)"));

  static OvaOptions parse(FormatOptions options) throws IllegalOptionException {
    String osType = options.string("os_type").orElse("otherGuest64");
    require(osType.matches("[A-Za-z0-9_]{1,64}"), "invalid parameter value: " + osType);
    Optional<String> name = options.string("name");
    require(
        name.isEmpty() || name.get().matches("[^\\p{Cntrl}]{1,80}"),
        "Parameter 'name' expects 1 to 80 printable characters");
    long cpus = options.number("cpus").orElse(1);
    require(cpus >= 1 && cpus <= 1024, "Parameter 'cpus' expects a number from 1 to 1024");
    long memory = options.size("memory").orElse(1L << 30);
    require(
        memory >= 4 * MIB && memory % MIB == 0 && memory <= 1L << 50,
        "Parameter 'memory' expects whole megabytes, at least 4");
    String adapter = options.string("adapter_type").orElse("lsilogic");
    require(ADAPTER_TYPES.contains(adapter), "invalid parameter value: " + adapter);
    long hardware = options.number("hwversion").orElse(10);
    require(hardware >= 4 && hardware <= 99, "Parameter 'hwversion' expects a number from 4 to 99");
    long chunk = options.size("chunk_size").orElse(MAX_CHUNK);
    require(
        chunk >= MIN_CHUNK && chunk <= MAX_CHUNK && chunk % TarHeader.BLOCK == 0,
        "Parameter 'chunk_size' expects a multiple of 512 from 64k to " + MAX_CHUNK);
    String level =
        options.string("compression_level").map(text -> ",compression_level=" + text).orElse("");
    String disk =
        "subformat=streamOptimized,adapter_type=" + adapter + ",hwversion=" + hardware + level;
    return new OvaOptions(
        name,
        osType,
        (int) cpus,
        memory,
        adapter,
        "vmx-%02d".formatted(hardware),
        chunk,
        List.of(disk));
  }

  /** The guest system's number in CIM_OperatingSystem.OsType, of which VMware's says more. */
  int cimOsType() {
    String type = osType.toLowerCase(Locale.ROOT);
    boolean wide = type.contains("64");
    if (type.startsWith("ubuntu")) {
      return wide ? 94 : 93;
    }
    if (type.startsWith("debian")) {
      return wide ? 96 : 95;
    }
    if (type.startsWith("rhel")) {
      return wide ? 80 : 79;
    }
    if (type.startsWith("centos")) {
      return wide ? 107 : 106;
    }
    if (type.startsWith("sles")) {
      return wide ? 85 : 84;
    }
    if (type.startsWith("freebsd")) {
      return wide ? 78 : 42;
    }
    if (type.contains("linux")) {
      return wide ? 101 : 36;
    }
    return wide ? 102 : 1;
  }

  private static void require(boolean condition, String message) throws IllegalOptionException {
    if (!condition) {
      throw new IllegalOptionException(message);
    }
  }
}
