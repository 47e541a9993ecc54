package dev.platter;

import dev.platter.guest.GuestDescription;
import dev.platter.image.Danger;
import dev.platter.image.DiskImage;
import dev.platter.image.ImageInfo;
import dev.platter.image.ReferenceDeniedException;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.image.chain.ImageChain;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What an image is.
 *
 * @param format the name of its format
 * @param size of the guest's disk, bytes
 * @param storedBytes what its file takes on its medium, bytes; those that it names not counted
 * @param info what it says of itself
 * @param dangers why it must not be taken from a stranger; empty: nothing
 * @param guest what the disk holds: partitions, file systems, the operating system; empty where it
 *     cannot be read, as {@code remarks} say
 * @param remarks what else is to be known, a line each
 */
public record Inspection(
    String format,
    long size,
    long storedBytes,
    ImageInfo info,
    List<Danger> dangers,
    Optional<GuestDescription> guest,
    List<String> remarks) {
  public Inspection {
    dangers = List.copyOf(dangers);
    remarks = List.copyOf(remarks);
  }

  static Inspection of(DiskSource source, Opening opening) throws IOException {
    List<String> remarks = new ArrayList<>();
    try (ImageChain alone = opening.alone().chain()) {
      ImageChain.Layer top = alone.top();
      DiskImage image = top.image();
      remarks.addAll(image.remarks());
      ImageInfo info = image.info();
      Optional<GuestDescription> guest = Optional.empty();
      if (info.encrypted() && !source.hasPassphrase()) {
        remarks.add("it is encrypted, and what it holds takes its passphrase");
      } else {
        guest = describe(source, remarks);
      }
      return new Inspection(
          top.format().name(),
          info.virtualSize(),
          top.storage().allocatedSize(),
          info,
          image.dangers(),
          guest,
          remarks);
    }
  }

  private static Optional<GuestDescription> describe(DiskSource source, List<String> remarks)
      throws IOException {
    try (Disk disk = source.open()) {
      return Optional.of(disk.describe());
    } catch (ReferenceDeniedException | UnsupportedFeatureException e) {
      remarks.add(e.getMessage());
      return Optional.empty();
    }
  }
}
