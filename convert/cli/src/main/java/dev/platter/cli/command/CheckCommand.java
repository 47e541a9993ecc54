package dev.platter.cli.command;

import dev.platter.cli.image.EditedImage;
import dev.platter.cli.line.Arguments;
import dev.platter.cli.line.Command;
import dev.platter.cli.line.Example;
import dev.platter.cli.line.ExitCode;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.line.NamedFiles;
import dev.platter.cli.line.Option;
import dev.platter.cli.source.Access;
import dev.platter.cli.source.CacheMode;
import dev.platter.cli.source.Source;
import dev.platter.cli.source.Unwrap;
import dev.platter.cli.text.Decimals;
import dev.platter.cli.text.JsonText;
import dev.platter.image.CheckReport;
import dev.platter.image.Repair;
import dev.platter.image.RepairReport;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.image.chain.ImageChain;
import dev.platter.image.spi.FileUse;
import dev.platter.image.spi.ImageFormat;
import java.io.IOException;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * {@code check}: looks for damage in an image's metadata, and repairs it where that is asked for.
 */
public final class CheckCommand extends Command {
  private static final Option CACHE =
      new Option("T", "cache", "CACHE", "cache mode for FILE (default: writeback)");
  private static final Option REPAIR =
      new Option(
          "r", "repair", "leaks|all", "put right what is found: only leaks, or all that can be");

  private static final String NO_CHECK = "This image format does not support checks";
  private static final int CORRUPTED = 2;
  private static final int LEAKED = 3;
  private static final int UNSUPPORTED = 63;

  @Override
  public String name() {
    return "check";
  }

  @Override
  public String summary() {
    return "Look for damage in an image";
  }

  @Override
  public String usage() {
    return "[-f FMT] [-T CACHE] [-r leaks|all] [--output human|json] [-q] [-U] FILE";
  }

  @Override
  public List<Option> options() {
    return List.of(
        Option.HELP,
        FORMAT,
        CACHE,
        REPAIR,
        DISK,
        UNWRAP,
        MAX_UNWRAPPED,
        OUTPUT,
        QUIET,
        FORCE_SHARE,
        IMAGE_OPTS,
        OBJECT);
  }

  @Override
  public String operands() {
    return "FILE  the image";
  }

  @Override
  public List<ExitCode> exitCodes() {
    return List.of(
        new ExitCode(0, "sound"),
        new ExitCode(1, "the check failed"),
        new ExitCode(2, "damaged"),
        new ExitCode(3, "sound but for leaks"),
        new ExitCode(63, "the format has no check"));
  }

  @Override
  public List<Example> examples() {
    return List.of(
        new Example("look for damage and leaks", "check disk.qcow2"),
        new Example("give back leaked space", "check -r leaks disk.qcow2"));
  }

  @Override
  public boolean exitCodeSaysAll(Arguments arguments) {
    return arguments.has(REPAIR) || !arguments.last(OUTPUT, "human").equals("json");
  }

  @Override
  public Optional<NamedFiles> files(Invocation call) {
    NamedFiles files = NamedFiles.readingAll(call);
    if (call.has(REPAIR)) {
      for (String image : call.arguments().operands()) {
        files.andChanging(image, call.has(IMAGE_OPTS));
      }
    }
    return Optional.of(files);
  }

  @Override
  public int run(Invocation call) throws IOException, Failure {
    Arguments arguments = call.arguments();
    boolean json = call.json();
    CacheMode cache = CacheMode.of(arguments.last(CACHE, "writeback"), "source cache");
    String repair = arguments.last(REPAIR);
    if (repair != null && !repair.equals("leaks") && !repair.equals("all")) {
      throw Failure.usage("--repair (-r) expects 'leaks' or 'all', not '" + repair + "'");
    }
    String file = call.operand();
    String format = arguments.last(FORMAT);
    if (repair != null) {
      return repair(call, file, format, repair.equals("all") ? Repair.ALL : Repair.LEAKS, cache);
    }
    try (Source source =
        Source.open(
            file,
            format,
            arguments.last(DISK),
            Unwrap.sources(call),
            true,
            Access.reading(call, FileUse.READ, cache))) {
      ImageChain.Layer top = source.chain().top();
      Optional<CheckReport> report =
          call.answers().checks(top.format()) ? top.image().check() : Optional.empty();
      if (report.isEmpty()) {
        throw new Failure(UNSUPPORTED, NO_CHECK);
      }
      tell(call, report.get().messages());
      print(call, source, report.get(), 0, 0, json);
      return exitCode(report.get());
    } catch (UnsupportedFeatureException e) {
      throw new Failure(UNSUPPORTED, e.getMessage());
    }
  }

  private static int repair(
      Invocation call, String file, String format, Repair extent, CacheMode cache)
      throws IOException, Failure {
    boolean json = call.json();
    try (Source source =
        Source.open(file, format, null, Unwrap.sources(call), true, Access.changing(call, cache))) {
      ImageFormat found = source.chain().top().format();
      if (!call.answers().checks(found) || !call.answers().repairs(found)) {
        EditedImage.warnOfProbing(call, source);
        throw new Failure(UNSUPPORTED, NO_CHECK);
      }
      RepairReport report;
      try (EditedImage image = EditedImage.open(call, source, cache)) {
        report = image.editor().repair(extent);
      }
      tell(call, report.found().messages());
      if (report.anyFixed()) {
        if (!json && !call.has(QUIET)) {
          call.out().println("The following inconsistencies were found and repaired:");
          call.out().println();
          call.out().println("    " + report.leaksFixed() + " leaked clusters");
          call.out().println("    " + report.corruptionsFixed() + " corruptions");
          call.out().println();
          call.out().println("Double checking the fixed image now...");
        }
        tell(call, report.after().messages());
      }
      print(call, source, report.after(), report.leaksFixed(), report.corruptionsFixed(), json);
      return exitCode(report.after());
    } catch (UnsupportedFeatureException e) {
      throw new Failure(UNSUPPORTED, e.getMessage());
    }
  }

  private static void tell(Invocation call, List<String> messages) {
    for (String message : messages) {
      call.err().println(message);
    }
  }

  private static void print(
      Invocation call,
      Source source,
      CheckReport report,
      long leaksFixed,
      long corruptionsFixed,
      boolean json) {
    if (json) {
      JsonText.print(json(source, report, leaksFixed, corruptionsFixed), call.out());
    } else if (!call.has(QUIET)) {
      print(report, call.out());
    }
  }

  private static int exitCode(CheckReport report) {
    if (report.corruptions() > 0) {
      return CORRUPTED;
    }
    if (report.leaks() > 0) {
      return LEAKED;
    }
    return report.checkErrors() > 0 ? Failure.EXIT : 0;
  }

  private static Map<String, Object> json(
      Source source, CheckReport report, long leaksFixed, long corruptionsFixed) {
    Map<String, Object> json = new LinkedHashMap<>();
    putIfAny(json, "image-end-offset", report.imageEndOffset());
    putIfAny(json, "compressed-clusters", report.compressedClusters());
    putIfAny(json, "total-clusters", report.totalClusters());
    putIfAny(json, "corruptions", report.corruptions());
    putIfAny(json, "corruptions-fixed", corruptionsFixed);
    json.put("check-errors", report.checkErrors());
    putIfAny(json, "leaks", report.leaks());
    putIfAny(json, "leaks-fixed", leaksFixed);
    putIfAny(json, "allocated-clusters", report.allocatedClusters());
    json.put("filename", source.name().given());
    json.put("format", source.formatName());
    putIfAny(json, "fragmented-clusters", report.fragmentedClusters());
    return json;
  }

  private static void putIfAny(Map<String, Object> json, String key, long value) {
    if (value != 0) {
      json.put(key, value);
    }
  }

  private static void print(CheckReport report, PrintStream out) {
    if (report.corruptions() == 0 && report.leaks() == 0 && report.checkErrors() == 0) {
      out.println("No errors were found on the image.");
    }
    if (report.corruptions() > 0) {
      out.println();
      out.println(report.corruptions() + " errors were found on the image.");
      out.println("Data may be corrupted, or further writes to the image may corrupt it.");
    }
    if (report.leaks() > 0) {
      out.println();
      out.println(report.leaks() + " leaked clusters were found on the image.");
      out.println("This means waste of disk space, but no harm to data.");
    }
    if (report.checkErrors() > 0) {
      out.println();
      out.println(report.checkErrors() + " internal errors have occurred during the check.");
    }
    if (report.totalClusters() != 0 && report.allocatedClusters() != 0) {
      out.println(
          report.allocatedClusters()
              + "/"
              + report.totalClusters()
              + " = "
              + percent(report.allocatedClusters(), report.totalClusters())
              + "% allocated, "
              + percent(report.fragmentedClusters(), report.allocatedClusters())
              + "% fragmented, "
              + percent(report.compressedClusters(), report.allocatedClusters())
              + "% compressed clusters");
    }
    if (report.imageEndOffset() != 0) {
      out.println("Image end offset: " + report.imageEndOffset());
    }
  }

  private static String percent(long part, long whole) {
    return Decimals.twoDecimals(part * 100.0 / whole);
  }
}
