package dev.platter.remote.oci;

import dev.platter.image.Sizes;
import dev.platter.storage.StorageOption;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What can be said of a new image in a registry.
 *
 * @param isContainerDisk whether the file goes into an archive as KubeVirt's containerDisks have it
 * @param mediaType that of the layer; empty: what its content says
 * @param architecture for which machines a containerDisk is, as Go calls them
 * @param partSize how much is sent at a time, bytes
 */
record PushOptions(
    boolean isContainerDisk, Optional<String> mediaType, String architecture, long partSize) {
  /** The one format, beside raw, that a containerDisk may have. */
  static final String CONTAINER_FORMAT = "qcow2";

  static final List<StorageOption> ALL =
      List.of(
          new StorageOption(
              "as",
              "artifact: the file is the layer (usual); containerdisk: /disk/disk.img in one"),
          new StorageOption(
              "media_type", "of the layer (application/vnd.kubevirt.disk.FORMAT[+COMPRESSION])"),
          new StorageOption("architecture", "of a containerdisk's machine (amd64)"),
          new StorageOption("part_size", "bytes sent at a time (64k to 1G; 8M)"));

  private static final long LEAST_PART = 64L << 10;
  private static final long MOST_PART = 1L << 30;
  private static final String USUAL_PART = "8M";
  private static final String MEDIA_TYPE =
      "[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}";

  static PushOptions of(Map<String, String> options) throws IOException {
    String as = options.getOrDefault("as", "artifact");
    if (!as.equals("artifact") && !as.equals("containerdisk")) {
      throw new IOException("Parameter 'as' expects 'artifact' or 'containerdisk'");
    }
    Optional<String> type = Optional.ofNullable(options.get("media_type"));
    if (type.isPresent() && !type.get().matches(MEDIA_TYPE)) {
      throw new IOException("Parameter 'media_type' expects TYPE/SUBTYPE");
    }
    String architecture = options.getOrDefault("architecture", "amd64");
    if (!architecture.matches("[a-z0-9]{1,32}")) {
      throw new IOException("Parameter 'architecture' expects a word as amd64 or arm64");
    }
    boolean isContainer = as.equals("containerdisk");
    if (!isContainer && options.containsKey("architecture")) {
      throw new IOException("architecture: an artifact is for no machine (as=containerdisk)");
    }
    long part;
    try {
      part = Sizes.parse(options.getOrDefault("part_size", USUAL_PART));
    } catch (NumberFormatException e) {
      throw new IOException("Parameter 'part_size' expects a number", e);
    }
    if (part < LEAST_PART || part > MOST_PART) {
      throw new IOException("part_size: 64k to 1G are possible, not " + part);
    }
    return new PushOptions(isContainer, type, architecture, part);
  }
}
