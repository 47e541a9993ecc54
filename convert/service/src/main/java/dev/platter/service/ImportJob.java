package dev.platter.service;

import dev.platter.service.store.ImageIds;
import dev.platter.service.store.Store;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * One import that a user asked for.
 *
 * @param imageId the image's identifier
 * @param method where its bytes come from
 * @param diskFormat what the user says it is, in the Image API's words: raw, qcow2, vmdk, vhd,
 *     vhdx, vdi, iso, ploop, aki, ari, ami
 * @param containerFormat what the user says is around it: bare, ova, ovf, docker, compressed, aki,
 *     ari, ami
 * @param stores where it goes, in this order; at least one, none twice
 * @param allStoresMustSucceed whether one store that fails undoes all others
 * @param properties the image's properties as they are now
 * @param requester who asked for it
 */
public record ImportJob(
    String imageId,
    ImportMethod method,
    String diskFormat,
    String containerFormat,
    List<Store> stores,
    boolean allStoresMustSucceed,
    Map<String, String> properties,
    Requester requester) {
  public ImportJob {
    ImageIds.checked(imageId);
    Objects.requireNonNull(method);
    Objects.requireNonNull(diskFormat);
    Objects.requireNonNull(containerFormat);
    stores = List.copyOf(stores);
    properties = Map.copyOf(properties);
    Objects.requireNonNull(requester);
    Set<String> seen = new HashSet<>();
    for (Store store : stores) {
      if (!seen.add(store.id())) {
        throw new IllegalArgumentException("store '" + store.id() + "' is named twice");
      }
    }
    if (stores.isEmpty()) {
      throw new IllegalArgumentException("an import needs a store");
    }
  }

  /** A job of a user without roles and an image without properties; every store must succeed. */
  public static ImportJob of(
      String imageId,
      ImportMethod method,
      String diskFormat,
      String containerFormat,
      Store... stores) {
    return new ImportJob(
        imageId,
        method,
        diskFormat,
        containerFormat,
        List.of(stores),
        true,
        Map.of(),
        Requester.NOBODY);
  }

  /** The same job with other properties of the image. */
  public ImportJob withProperties(Map<String, String> changed) {
    return new ImportJob(
        imageId,
        method,
        diskFormat,
        containerFormat,
        stores,
        allStoresMustSucceed,
        changed,
        requester);
  }

  /** The same job, which somebody else asks for. */
  public ImportJob askedBy(Requester somebody) {
    return new ImportJob(
        imageId,
        method,
        diskFormat,
        containerFormat,
        stores,
        allStoresMustSucceed,
        properties,
        somebody);
  }

  /** The same job, for which one store that has the image is enough, or not. */
  public ImportJob withAllStoresMustSucceed(boolean all) {
    return new ImportJob(
        imageId, method, diskFormat, containerFormat, stores, all, properties, requester);
  }
}
