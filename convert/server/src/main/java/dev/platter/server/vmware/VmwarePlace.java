package dev.platter.server.vmware;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A directory in a datastore.
 *
 * @param datacenter the inventory path of the datacenter
 * @param datastore the name of the datastore
 * @param directory in it, of characters that need no encoding, without slashes around it
 */
record VmwarePlace(String datacenter, String datastore, String directory) {
  private static final String SCHEME = "vsphere://";
  private static final String FOLDER = "/folder/";

  /** What the name of a file has in it that is not an image yet. */
  private static final String UNFINISHED = ".unfinished-";

  /** The path of a file in URLs of datastores, with what tells the datastore. */
  String path(String file) {
    return FOLDER
        + directory
        + "/"
        + file
        + "?dsName="
        + encoded(datastore)
        + "&dcPath="
        + encoded(datacenter);
  }

  /** The location of an image as Glance writes it. */
  String location(String host, String imageId) {
    return SCHEME + host + path(imageId);
  }

  /** A file as vSphere's methods name it. */
  String file(String name) {
    return "[" + datastore + "] " + directory + "/" + name;
  }

  /** The directory as vSphere's methods name it. */
  String directoryPath() {
    return "[" + datastore + "] " + directory;
  }

  /** The file of an image on its way. */
  static String unfinished(String imageId, String upload) {
    return imageId + UNFINISHED + upload;
  }

  static boolean isUnfinished(String file) {
    return file.contains(UNFINISHED);
  }

  /** An image in a place. */
  record Named(String host, VmwarePlace place, String imageId) {}

  /** The parts of a location; empty if it is none. */
  static Optional<Named> parse(String location) {
    int question = location.indexOf('?');
    int folder = location.indexOf(FOLDER, SCHEME.length());
    int file = question < 0 ? -1 : location.lastIndexOf('/', question);
    if (!location.startsWith(SCHEME) || folder < 0 || file < folder + FOLDER.length()) {
      return Optional.empty();
    }
    Map<String, String> query = new HashMap<>();
    for (String parameter : location.substring(question + 1).split("&", -1)) {
      int equals = parameter.indexOf('=');
      if (equals < 0
          || query.put(parameter.substring(0, equals), decoded(parameter.substring(equals + 1)))
              != null) {
        return Optional.empty();
      }
    }
    return Optional.of(
        new Named(
            location.substring(SCHEME.length(), folder),
            new VmwarePlace(
                query.getOrDefault("dcPath", ""),
                query.getOrDefault("dsName", ""),
                location.substring(folder + FOLDER.length(), file)),
            location.substring(file + 1, question)));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return "";
    }
  }
}
