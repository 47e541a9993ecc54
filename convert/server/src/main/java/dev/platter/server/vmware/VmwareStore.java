package dev.platter.server.vmware;

import dev.platter.server.client.HttpRequests.Answer;
import dev.platter.server.vmware.VmwareDatastores.Datastore;
import dev.platter.server.vmware.VmwareSettings.Weighted;
import dev.platter.service.store.ImageIds;
import dev.platter.service.store.Store;
import dev.platter.service.store.StoreException;
import dev.platter.service.store.StoreException.Kind;
import dev.platter.service.store.StoreWriter;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Images as files in datastores of vCenter or ESXi, where Glance keeps them and finds them: {@code
 * vsphere://HOST/folder/DIRECTORY/IMAGE?dsName=DATASTORE&dcPath=DATACENTER}. A new image goes to
 * the datastore of most weight that has room, of equals to that with most.
 */
public final class VmwareStore implements Store {
  private final VmwareSettings settings;
  private final VmwareSession session;
  private final VmwareDatastores datastores;
  private final Set<VmwarePlace> ready = ConcurrentHashMap.newKeySet();

  private VmwareStore(VmwareSettings settings) {
    this.settings = settings;
    session = new VmwareSession(id(), settings);
    datastores = new VmwareDatastores(session, settings);
  }

  /** A store as its settings describe it; nobody is asked yet. */
  public static VmwareStore create(VmwareSettings settings) {
    return new VmwareStore(settings);
  }

  @Override
  public String id() {
    return settings.config().id();
  }

  @Override
  public String description() {
    return settings.config().description();
  }

  /** The file of an image. */
  private record Found(VmwarePlace place, String imageId) {
    String path() {
      return place.path(imageId);
    }
  }

  private Found at(String location) throws StoreException {
    return VmwarePlace.parse(location)
        .filter(named -> named.host().equals(settings.host()) && isImage(named.imageId()))
        .filter(named ->
            settings.datastores().stream().anyMatch(each -> each.place().equals(named.place())))
        .map(named -> new Found(named.place(), named.imageId()))
        .orElseThrow(() ->
            new StoreException(Kind.NOT_FOUND, id(), "no location of this store: " + location));
  }

  private static boolean isImage(String file) {
    return ImageIds.valid(file) && !VmwarePlace.isUnfinished(file);
  }

  /** Where an image of this identifier lies, or would where all datastores have room. */
  public String locationOf(String imageId) throws IOException {
    ImageIds.checked(imageId);
    VmwarePlace place = settings.datastores().getFirst().place();
    if (settings.datastores().size() > 1) {
      for (Weighted each : settings.datastores()) {
        if (sizeOf(each.place(), imageId) >= 0) {
          place = each.place();
          break;
        }
      }
    }
    return place.location(settings.host(), imageId);
  }

  /** The size of a file, bytes; -1 where there is none. */
  long sizeOf(VmwarePlace place, String file) throws StoreException {
    Answer head = session.ask("HEAD", place.path(file));
    if (head.status() == 404) {
      return -1;
    }
    return head.header("Content-Length")
        .filter(text -> head.status() == 200 && text.matches("[0-9]{1,18}"))
        .map(Long::parseLong)
        .orElseThrow(() ->
            new StoreException(
                Kind.UNAVAILABLE,
                id(),
                "vSphere answers with status %d when asked for the size of %s"
                    .formatted(head.status(), place.file(file))));
  }

  @Override
  public StoreWriter begin(String imageId, OptionalLong expectedSize) throws IOException {
    ImageIds.checked(imageId);
    for (Weighted each : settings.datastores()) {
      if (sizeOf(each.place(), imageId) >= 0) {
        throw duplicate(imageId);
      }
    }
    try {
      Datastore datastore = choose(imageId, expectedSize);
      if (!ready.contains(datastore.place())) {
        datastores.makeDirectory(datastore);
        ready.add(datastore.place());
      }
      return new VmwareWriter(this, session, datastores, datastore, imageId);
    } catch (IOException e) {
      throw session.unavailable(e);
    }
  }

  StoreException duplicate(String imageId) {
    return new StoreException(Kind.DUPLICATE, id(), "it has image " + imageId + " already");
  }

  String location(VmwarePlace place, String imageId) {
    return place.location(settings.host(), imageId);
  }

  private Datastore choose(String imageId, OptionalLong expectedSize) throws IOException {
    record Candidate(Datastore datastore, int weight) {}

    List<Candidate> candidates = new ArrayList<>();
    for (Weighted each : settings.datastores()) {
      candidates.add(new Candidate(datastores.find(each.place()), each.weight()));
    }
    return candidates.stream()
        .sorted(
            Comparator.comparingInt((Candidate each) -> -each.weight())
                .thenComparingLong(each -> -each.datastore().free()))
        .map(Candidate::datastore)
        .filter(each -> each.free() > 0 && each.free() >= expectedSize.orElse(0))
        .findFirst()
        .orElseThrow(() ->
            new StoreException(
                Kind.FULL,
                id(),
                "no datastore has room for image "
                    + imageId
                    + (expectedSize.isPresent()
                        ? " of " + expectedSize.getAsLong() + " bytes"
                        : "")));
  }

  @Override
  public Storage open(String location) throws IOException {
    Found found = at(location);
    long size = sizeOf(found.place(), found.imageId());
    if (size < 0) {
      throw new StoreException(Kind.NOT_FOUND, id(), "there is no image " + found.imageId());
    }
    return new VmwareStorage(
        "image " + found.imageId() + " in store '" + id() + "'", session, found.path(), size);
  }

  @Override
  public boolean exists(String location) throws IOException {
    Found found = at(location);
    return sizeOf(found.place(), found.imageId()) >= 0;
  }

  @Override
  public boolean holdsImages() throws IOException {
    for (Weighted each : settings.datastores()) {
      for (String file : list(each.place(), "*")) {
        if (isImage(file)) {
          return true;
        }
      }
    }
    return false;
  }

  private List<String> list(VmwarePlace place, String pattern) throws StoreException {
    try {
      return datastores.list(datastores.find(place), pattern);
    } catch (IOException e) {
      throw session.unavailable(e);
    }
  }

  @Override
  public boolean delete(String location) throws IOException {
    Found found = at(location);
    try {
      return datastores.delete(found.place(), found.imageId());
    } catch (IOException e) {
      throw session.unavailable(e);
    }
  }

  @Override
  public void removeUnfinished(String imageId) throws IOException {
    String pattern = VmwarePlace.unfinished(ImageIds.checked(imageId), "");
    for (Weighted each : settings.datastores()) {
      for (String file : list(each.place(), pattern + "*")) {
        if (file.startsWith(pattern) && ImageIds.valid(file)) {
          try {
            datastores.delete(each.place(), file);
          } catch (IOException e) {
            throw session.unavailable(e);
          }
        }
      }
    }
  }
}
