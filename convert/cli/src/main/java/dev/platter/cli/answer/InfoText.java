package dev.platter.cli.answer;

import dev.platter.image.ImageInfo;
import dev.platter.image.Sizes;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;

/** The answer of {@code info} for people, line by line as qemu-img prints it. */
public final class InfoText {
  /** The alignment of memory that suits every file, bytes. */
  static final int PAGE = 4096;

  /** How many pieces of memory one request may have. */
  static final int MAX_IOV = 1024;

  private static final String INDENT = "    ";

  private InfoText() {}

  public static void print(ImageFacts facts, PrintStream out) {
    out.println("image: " + facts.name());
    out.println("file format: " + facts.format());
    if (facts.wrapping() != null) {
      out.println("wrapped in: " + facts.wrapping());
    }
    if (facts.info().virtualSize() != ImageInfo.UNKNOWN_SIZE) {
      out.println("virtual size: " + sizes(facts.info().virtualSize()));
    }
    out.println("disk size: " + Sizes.text(facts.diskSize()));
    if (facts.info().encrypted()) {
      out.println("encrypted: yes");
    }
    if (facts.info().clusterSize().isPresent()) {
      out.println("cluster_size: " + facts.info().clusterSize().getAsInt());
    }
    if (facts.info().dirty()) {
      out.println("cleanly shut down: no");
    }
    if (facts.parent() != null) {
      String full = facts.fullParentName();
      out.println(
          full.equals(facts.parent().name())
              ? "backing file: " + full
              : "backing file: " + facts.parent().name() + " (actual path: " + full + ")");
      if (facts.parent().format().isPresent()) {
        out.println("backing file format: " + facts.parent().format().get());
      }
    }
    if (facts.withLimits()) {
      printLimits(facts, out);
    }
    if (!facts.info().snapshots().isEmpty()) {
      SnapshotTable.print(facts.info().snapshots(), out);
    }
    if (!facts.details().isEmpty()) {
      out.println("Format specific information:");
      printMap(facts.details(), 1, out);
    }
    if (!facts.isAll()) {
      printChild(facts, out);
    }
  }

  private static void printChild(ImageFacts facts, PrintStream out) {
    out.println("Child node '/file':");
    out.println(INDENT + "filename: " + facts.name());
    out.println(INDENT + "protocol type: " + facts.protocol());
    if (facts.fileLength() != ImageFacts.NOT_TOLD) {
      out.println(INDENT + "file length: " + sizes(facts.fileLength()));
    }
    out.println(INDENT + "disk size: " + Sizes.text(facts.diskSize()));
    if (facts.withLimits()) {
      out.println(INDENT + "Block limits:");
      printAlignments(INDENT + INDENT, RequestLimits.ofFile(facts.alignment()), facts, out);
    }
  }

  private static String sizes(long bytes) {
    return Sizes.text(bytes) + " (" + bytes + " bytes)";
  }

  private static void printLimits(ImageFacts facts, PrintStream out) {
    out.println("Block limits:");
    RequestLimits limits = facts.limits();
    if (limits.zeroAlignment() > 0) {
      out.println(INDENT + "write zeroes alignment: " + limits.zeroAlignment());
    }
    printAlignments(INDENT, limits, facts, out);
  }

  private static void printAlignments(
      String indent, RequestLimits limits, ImageFacts facts, PrintStream out) {
    out.println(indent + "request alignment: " + limits.alignment());
    out.println(indent + "min mem alignment: " + facts.alignment());
    if (limits.discardAlignment() > 0) {
      out.println(indent + "discard alignment: " + limits.discardAlignment());
    }
    out.println(indent + "opt mem alignment: " + PAGE);
    out.println(indent + "max iov: " + MAX_IOV);
  }

  private static void printMap(Map<?, ?> map, int depth, PrintStream out) {
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      printEntry(entry.getKey().toString().replace('-', ' '), entry.getValue(), depth, out);
    }
  }

  private static void printList(List<?> list, int depth, PrintStream out) {
    for (int i = 0; i < list.size(); i++) {
      printEntry("[" + i + "]", list.get(i), depth, out);
    }
  }

  private static void printEntry(String key, Object value, int depth, PrintStream out) {
    for (int i = 0; i < depth; i++) {
      out.print(INDENT);
    }
    if (value instanceof Map<?, ?> map) {
      out.println(key + ":");
      printMap(map, depth + 1, out);
    } else if (value instanceof List<?> list) {
      out.println(key + ":");
      printList(list, depth + 1, out);
    } else {
      out.println(key + ": " + value);
    }
  }
}
