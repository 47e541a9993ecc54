package dev.platter.service.inspect;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * What an image is.
 *
 * @param diskFormat the format found, in the Image API's words (vhd for what qemu-img calls vpc);
 *     raw where no other is
 * @param formats every format found, the best match first; more than one is a finding in itself
 * @param containerFormat bare, ova, ovf, docker or compressed
 * @param virtualSize the size of the guest disk, bytes; empty where it cannot be told
 * @param dangers why the image must not be used, each a short sentence; empty: it is safe
 * @param properties what the image says of itself, as image properties: {@code vmware_disktype} and
 *     the like
 */
public record Inspection(
    String diskFormat,
    List<String> formats,
    String containerFormat,
    OptionalLong virtualSize,
    List<Danger> dangers,
    Map<String, String> properties) {
  public Inspection {
    formats = List.copyOf(formats);
    dangers = List.copyOf(dangers);
    properties = Map.copyOf(properties);
  }

  /**
   * One reason not to use an image.
   *
   * @param check the name of the check that failed: {@code backing_file}, {@code data_file}, ...
   * @param reason what was found
   */
  public record Danger(String check, String reason) {
    @Override
    public String toString() {
      return check + ": " + reason;
    }
  }

  /** Whether nothing speaks against the image. */
  public boolean safe() {
    return dangers.isEmpty();
  }
}
