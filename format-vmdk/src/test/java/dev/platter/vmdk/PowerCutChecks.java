package dev.platter.vmdk;

import dev.platter.image.CheckReport;

/** What a check may find where the power has been cut. */
public final class PowerCutChecks {
  private PowerCutChecks() {}

  /** The two copies of the tables may differ until the image is opened live again. */
  public static boolean copiesDiffer(CheckReport afterPowerCut) {
    return afterPowerCut.messages().stream()
        .allMatch(message -> message.contains(" and its copy differ: "));
  }
}
