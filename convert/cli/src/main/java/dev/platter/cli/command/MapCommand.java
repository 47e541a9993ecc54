package dev.platter.cli.command;

import dev.platter.cli.line.Arguments;
import dev.platter.cli.line.Command;
import dev.platter.cli.line.Example;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.line.NamedFiles;
import dev.platter.cli.line.Numbers;
import dev.platter.cli.line.Option;
import dev.platter.cli.source.Access;
import dev.platter.cli.source.AllocationMap;
import dev.platter.cli.source.CacheMode;
import dev.platter.cli.source.Source;
import dev.platter.cli.source.Unwrap;
import dev.platter.guest.GuestInspector;
import dev.platter.guest.picture.DiskPicture;
import dev.platter.guest.picture.DiskSketch;
import dev.platter.guest.picture.DiskText;
import dev.platter.image.disk.LayeredMap;
import dev.platter.image.spi.FileUse;
import dev.platter.storage.FileNames;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code map}: what lies where in an image and the images below it. */
public final class MapCommand extends Command {
  private static final Option START =
      new Option("s", "start-offset", "OFFSET", "begin at this offset of the disk (default: 0)");
  private static final Option LENGTH =
      new Option("l", "max-length", "LENGTH", "go no further than this many bytes");

  private static final Option FORM =
      new Option(
          "",
          "output",
          "human|json|ascii",
          "form of the answer (default: human); ascii, which qemu-img has not: a picture for a terminal");

  private static final String ASCII = "ascii";
  private static final int WIDTH = 80;
  private static final int MAX_WIDTH = 1000;

  private static final Option PICTURE =
      new Option(
          "", "picture", "FILE", "draw it into FILE (SVG), with what the disk holds beneath");

  @Override
  public String name() {
    return "map";
  }

  @Override
  public String summary() {
    return "Tell what lies where in an image";
  }

  @Override
  public String usage() {
    return "[-f FMT] [-s OFFSET] [-l LENGTH] [--output human|json|ascii] [-U] FILE";
  }

  @Override
  public List<Option> options() {
    return List.of(
        Option.HELP,
        FORMAT,
        START,
        LENGTH,
        PICTURE,
        DISK,
        UNWRAP,
        MAX_UNWRAPPED,
        FORM,
        FORCE_SHARE,
        IMAGE_OPTS,
        OBJECT);
  }

  @Override
  public String operands() {
    return "FILE  the image";
  }

  @Override
  public List<Example> examples() {
    return List.of(
        new Example("tell which parts hold data", "map disk.qcow2"),
        new Example("the same for programs", "map --output=json disk.qcow2"),
        new Example("draw it", "map --picture disk.svg disk.qcow2"));
  }

  @Override
  public Optional<NamedFiles> files(Invocation call) throws Failure {
    if (call.has(PICTURE)) {
      throw new Failure("--picture writes a file, which --sandbox does not allow");
    }
    return Optional.of(NamedFiles.readingAll(call));
  }

  @Override
  public int run(Invocation call) throws IOException, Failure {
    Arguments arguments = call.arguments();
    String form = arguments.last(FORM, "human");
    boolean isPicture = form.equals(ASCII) && !call.profile().asQemuImg();
    if (!isPicture && !form.equals("human") && !form.equals("json")) {
      throw Failure.usage("--output expects 'human' or 'json', not '" + form + "'");
    }
    if (isPicture && (call.has(START) || call.has(LENGTH) || call.has(PICTURE))) {
      throw new Failure("--output=ascii draws the whole disk, and nothing else");
    }
    boolean json = form.equals("json");
    long start = call.has(START) ? Numbers.size(arguments.last(START), "start offset") : 0;
    long most =
        call.has(LENGTH) ? Numbers.size(arguments.last(LENGTH), "max length") : Long.MAX_VALUE;
    String file = call.operand();
    try (Source source =
        Source.open(
            file,
            arguments.last(FORMAT),
            arguments.last(DISK),
            Unwrap.sources(call),
            true,
            Access.reading(call, FileUse.READ, CacheMode.WRITEBACK))) {
      if (call.has(PICTURE)) {
        draw(source, FileNames.path(arguments.last(PICTURE)));
        return 0;
      }
      if (isPicture) {
        String name = source.name().shown();
        DiskText.lines(name, sketch(source), layers(source), width()).forEach(call.out()::println);
        return 0;
      }
      AllocationMap map = new AllocationMap(source, call.answers());
      long end = Math.min(map.size(), start + Math.min(most, Long.MAX_VALUE - start));
      print(map, start, end, json, call.out());
    }
    return 0;
  }

  private static void draw(Source source, Path target) throws IOException, Failure {
    String name = source.name().shown();
    Files.writeString(target, DiskPicture.of(name, sketch(source), layers(source)));
  }

  private static DiskSketch sketch(Source source) throws IOException, Failure {
    LayeredMap map = source.map();
    return DiskSketch.of(map, GuestInspector.describe(map, source.name().shown()));
  }

  /** What the images are called, top first. */
  private static List<String> layers(Source source) throws IOException, Failure {
    List<String> layers = new ArrayList<>();
    source.chain().layers().forEach(layer -> layers.add(layer.location().toString()));
    while (layers.size() < source.map().layers().size()) {
      layers.add("what lies below");
    }
    return layers;
  }

  /** Of the terminal, where the shell says it. */
  private static int width() {
    String columns = System.getenv("COLUMNS");
    return columns != null && columns.matches("[0-9]{1,4}")
        ? Math.min(Integer.parseInt(columns), MAX_WIDTH)
        : WIDTH;
  }

  private static void print(AllocationMap map, long start, long end, boolean json, PrintStream out)
      throws IOException, Failure {
    if (json) {
      out.print('[');
    } else {
      out.println("Offset          Length          Mapped to       File");
    }
    AllocationMap.Entry current = null;
    long at = start;
    while (at < end) {
      AllocationMap.Entry next = map.entryAt(at, end);
      at += next.length();
      if (current != null && current.continuesWith(next)) {
        current = current.joinedWith(next);
        continue;
      }
      if (current != null) {
        print(current, json, true, out);
      }
      current = next;
    }
    if (current == null) {
      current = AllocationMap.Entry.nothingAt(start);
    }
    print(current, json, false, out);
  }

  private static void print(AllocationMap.Entry entry, boolean json, boolean more, PrintStream out)
      throws Failure {
    if (json) {
      StringBuilder line = new StringBuilder(160);
      entry.appendTo(line);
      line.append(more ? ",\n" : "]\n");
      byte[] bytes = line.toString().getBytes(StandardCharsets.ISO_8859_1);
      out.write(bytes, 0, bytes.length);
    } else if (entry.data() && !entry.zero()) {
      if (entry.hostOffset() < 0) {
        throw new Failure("File contains external, encrypted or compressed clusters.");
      }
      StringBuilder line = new StringBuilder();
      column(entry.start(), line);
      column(entry.length(), line);
      column(entry.hostOffset(), line);
      out.println(line.append(entry.file()));
    }
  }

  private static void column(long value, StringBuilder line) {
    int before = line.length();
    line.append(value == 0 ? "0" : "0x" + Long.toHexString(value));
    line.repeat(' ', Math.max(0, 16 - (line.length() - before)));
  }
}
