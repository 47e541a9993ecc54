package dev.platter.server.image;

import dev.platter.server.http.ApiException;
import java.util.Set;

/**
 * What the deployer allows. A quota of -1 is none.
 *
 * @param diskFormats the disk formats that are accepted
 * @param containerFormats the container formats that are accepted
 * @param sizeCap the largest image in bytes, as it lies in a store or comes in
 * @param propertyQuota properties of an image
 * @param memberQuota members of an image
 * @param tagQuota tags of an image
 * @param locationQuota locations of an image
 * @param defaultPage how many images a list holds when nobody says
 * @param largestPage how many it holds at most
 * @param metadata how many bytes users may say
 */
public record ImageLimits(
    Set<String> diskFormats,
    Set<String> containerFormats,
    long sizeCap,
    int propertyQuota,
    int memberQuota,
    int tagQuota,
    int locationQuota,
    int defaultPage,
    int largestPage,
    MetadataLimits metadata) {

  /** Refuses (413) more properties than an image may have. */
  public void checkProperties(int attempted) {
    check("image properties", attempted, propertyQuota);
  }

  void checkTags(int attempted) {
    check("image tags", attempted, tagQuota);
  }

  void checkMembers(int attempted) {
    check("image members for this image", attempted, memberQuota);
  }

  void checkLocations(int attempted) {
    check("image locations", attempted, locationQuota);
  }

  private static void check(String what, int attempted, int quota) {
    if (quota >= 0 && attempted > quota) {
      throw ApiException.tooLarge(
          "The limit has been exceeded on the number of allowed %s. Attempted: %d, Maximum: %d"
              .formatted(what, attempted, quota));
    }
  }
}
