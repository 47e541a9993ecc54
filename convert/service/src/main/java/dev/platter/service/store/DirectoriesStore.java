package dev.platter.service.store;

import dev.platter.storage.Storage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Several directories as one store. A new image goes where the priority is highest, of equals where
 * there is most room; to the next where there is not enough, or a file system is not mounted.
 */
public final class DirectoriesStore implements Store {
  private final List<Place> places;

  /**
   * One of the directories.
   *
   * @param priority the higher, the earlier it is used
   */
  public record Place(FileStore store, int priority) {}

  /** A place and its room, bytes. */
  private record Candidate(Place place, long free) {}

  /**
   * @param places at least one, all of the same identifier
   */
  public DirectoriesStore(List<Place> places) {
    this.places = List.copyOf(places);
  }

  private FileStore first() {
    return places.getFirst().store();
  }

  @Override
  public String id() {
    return first().id();
  }

  @Override
  public String description() {
    return first().description();
  }

  @Override
  public boolean sparse() {
    return first().sparse();
  }

  @Override
  public Optional<String> writesRefused() {
    List<String> reasons = new ArrayList<>();
    for (Place place : places) {
      Optional<String> reason = place.store().writesRefused();
      if (reason.isEmpty()) {
        return Optional.empty();
      }
      reasons.add(reason.get());
    }
    return Optional.of(String.join("; ", reasons));
  }

  /** The room of the directory that has most: an image lies in one of them. */
  @Override
  public OptionalLong freeBytes() throws IOException {
    return candidates().stream().mapToLong(Candidate::free).max();
  }

  @Override
  public boolean holdsImages() throws IOException {
    for (Place place : places) {
      if (place.store().holdsImages()) {
        return true;
      }
    }
    return false;
  }

  /** Where images can go now, the best first. */
  private List<Candidate> candidates() throws IOException {
    Optional<String> refusal = writesRefused();
    if (refusal.isPresent()) {
      throw new StoreException(StoreException.Kind.UNAVAILABLE, id(), refusal.get());
    }
    List<Candidate> candidates = new ArrayList<>();
    for (Place place : places) {
      if (place.store().writesRefused().isEmpty()) {
        candidates.add(new Candidate(place, place.store().freeBytes().orElse(0)));
      }
    }
    candidates.sort(
        Comparator.comparingInt((Candidate each) -> -each.place().priority())
            .thenComparingLong(each -> -each.free()));
    return candidates;
  }

  /** Where an image of this identifier lies, or would. */
  public String locationOf(String imageId) throws IOException {
    for (Place place : places) {
      String location = place.store().locationOf(imageId);
      if (place.store().isThere(location)) {
        return location;
      }
    }
    return first().locationOf(imageId);
  }

  @Override
  public StoreWriter begin(String imageId, OptionalLong expectedSize) throws IOException {
    List<Candidate> candidates = candidates();
    for (Place place : places) {
      if (place.store().isThere(place.store().locationOf(imageId))) {
        return place.store().begin(imageId, expectedSize); // which refuses it
      }
    }
    for (Candidate candidate : candidates) {
      if (candidate.free() > 0 && expectedSize.orElse(0) <= candidate.free()) {
        return candidate.place().store().begin(imageId, expectedSize);
      }
    }
    throw new StoreException(
        StoreException.Kind.FULL,
        id(),
        "no directory has room for image "
            + imageId
            + (expectedSize.isPresent() ? " of " + expectedSize.getAsLong() + " bytes" : ""));
  }

  /** The directory of a location, which must be one that this store gave. */
  private FileStore of(String location) throws StoreException {
    for (Place place : places) {
      if (place.store().isOwn(location)) {
        return place.store();
      }
    }
    throw new StoreException(
        StoreException.Kind.NOT_FOUND, id(), "no location of this store: " + location);
  }

  @Override
  public Storage open(String location) throws IOException {
    return of(location).open(location);
  }

  @Override
  public boolean exists(String location) throws IOException {
    return of(location).exists(location);
  }

  @Override
  public boolean delete(String location) throws IOException {
    return of(location).delete(location);
  }
}
