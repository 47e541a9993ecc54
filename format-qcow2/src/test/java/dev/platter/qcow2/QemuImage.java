package dev.platter.qcow2;

import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An image that qemu-img and qemu-io make for a test. */
record QemuImage(Path path) {
  private static ExternalTool qemuImg() {
    return ExternalTool.qemuImg();
  }

  /**
   * Makes an image with these options ({@code -o}, may be empty) and lets qemu-io run these
   * commands on it.
   */
  static QemuImage create(
      Path directory, String name, String options, String size, String... commands) {
    QemuImage image = new QemuImage(directory.resolve(name));
    List<Object> arguments = new ArrayList<>(List.of("create", "-q", "-f", "qcow2"));
    if (!options.isEmpty()) {
      arguments.addAll(List.of("-o", options));
    }
    arguments.addAll(List.of(image.path, size));
    qemuImg().runIn(directory, arguments.toArray()).mustExit(0);
    image.io(commands);
    return image;
  }

  /** Lets qemu-io run commands. */
  void io(String... commands) {
    if (commands.length == 0) {
      return;
    }
    List<Object> arguments = new ArrayList<>(List.of("-f", "qcow2"));
    for (String command : commands) {
      arguments.addAll(List.of("-c", command));
    }
    arguments.add(path);
    ExternalTool.qemuIo().runIn(path.getParent(), arguments.toArray()).mustExit(0);
  }

  /** As {@link #io}; commands that cannot be done (compressing over data) are passed over. */
  void tryIo(String... commands) {
    List<Object> arguments = new ArrayList<>(List.of("-f", "qcow2"));
    for (String command : commands) {
      arguments.addAll(List.of("-c", command));
    }
    arguments.add(path);
    ExternalTool.qemuIo().runIn(path.getParent(), arguments.toArray());
  }

  void img(Object... arguments) {
    qemuImg().runIn(path.getParent(), arguments).mustExit(0);
  }

  /** Overwrites a big-endian number of some bytes. */
  QemuImage put(long offset, int bytes, long value) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.seek(offset);
      for (int i = bytes - 1; i >= 0; i--) {
        file.write((int) (value >>> 8 * i));
      }
    }
    return this;
  }

  long number(long offset) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
      file.seek(offset);
      return file.readLong();
    }
  }

  /** What qemu-img check says. */
  Check check() {
    ExternalTool.Result result =
        qemuImg().runIn(path.getParent(), "check", "-f", "qcow2", "--output=json", path);
    return new Check(result.exitCode(), result.stdout(), result.stderr());
  }

  /**
   * An answer of qemu-img check.
   *
   * @param json its counters
   * @param messages its complaints, one a line
   */
  record Check(int exitCode, String json, String messages) {
    /** Comes without a line end. */
    private static final String BITMAPS_ADVICE =
        "Some clusters may be leaked, run 'qemu-img check -r' on the image file to fix.";

    long number(String key) {
      Matcher matcher = Pattern.compile("\"" + key + "\": (\\d+)").matcher(json);
      return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
    }

    /** The complaints, each once, sorted, without advice. */
    List<String> lines() {
      return messages
          .lines()
          .map(line -> line.replace(BITMAPS_ADVICE, ""))
          .filter(line -> !line.isBlank() && !line.startsWith("Use qemu-img amend"))
          .filter(line -> !line.startsWith("qemu-img: ") && !line.startsWith("qcow2: "))
          .distinct()
          .sorted()
          .toList();
    }
  }

  /** The guest's bytes as qemu-img converts them. */
  Path convertToRaw(Optional<String> snapshot) {
    Path raw = path.resolveSibling(path.getFileName() + ".out.raw");
    if (snapshot.isPresent()) {
      img("convert", "-f", "qcow2", "-l", snapshot.get(), "-O", "raw", path, raw);
    } else {
      img("convert", "-f", "qcow2", "-O", "raw", path, raw);
    }
    return raw;
  }
}
