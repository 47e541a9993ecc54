package dev.platter.vmdk.read;

import dev.platter.image.CheckReport;
import dev.platter.image.CorruptImageException;
import java.util.ArrayList;
import java.util.List;

/** What a check of grain tables found. */
final class Findings {
  private final List<String> messages = new ArrayList<>();
  private long count;

  void add(CorruptImageException finding) {
    count++;
    if (messages.size() < CheckReport.MAX_MESSAGES) {
      messages.add(finding.getMessage());
    }
  }

  /** As with qemu-img, nothing is told of a VMDK but its faults. */
  CheckReport report() {
    return new CheckReport(0, 0, 0, 0, 0, count, 0, 0, messages);
  }
}
