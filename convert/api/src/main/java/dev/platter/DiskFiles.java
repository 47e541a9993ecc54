package dev.platter;

import dev.platter.image.Secrets;
import dev.platter.image.name.Locking;
import dev.platter.image.node.Nodes;
import dev.platter.image.spi.FileUse;
import dev.platter.image.spi.ReferencePolicy;
import dev.platter.image.spi.StorageOpener;
import dev.platter.storage.FileNames;
import dev.platter.storage.FileStorage;
import dev.platter.storage.Location;
import dev.platter.storage.Storage;
import dev.platter.storage.StorageProvider;
import dev.platter.storage.StorageProviders;
import java.io.IOException;
import java.util.Map;

/**
 * Opens and locks the files of an image for a use of it.
 *
 * @param own the image's own file; the others are only ever read here
 * @param locking what the image's name says of all locks
 * @param ownLocking the same of those on its own file
 * @param policy which files may be opened that images below the image's own drivers name
 * @param secrets what opens those that are encrypted
 */
record DiskFiles(
    FileUse use,
    Location own,
    Locking locking,
    Locking ownLocking,
    ReferencePolicy policy,
    Secrets secrets)
    implements StorageOpener {
  @Override
  public Storage open(Location location) throws IOException {
    if (location.path().isEmpty() && Nodes.isMade(location)) {
      return openMade(location);
    }
    StorageProvider provider = StorageProviders.of(location.scheme());
    return use == FileUse.CHANGE && location.equals(own)
        ? provider.openForWriting(location)
        : provider.openForReading(location);
  }

  /** What a driver makes of files below it, which are the image's own as it is itself. */
  private Storage openMade(Location location) throws IOException {
    boolean isOwn = location.equals(own);
    return Nodes.open(
        location,
        new Nodes.Terms(
            Formats.PRESENT,
            policy,
            below -> isOwn ? withOwn(below) : this,
            Map.of(),
            secrets,
            use == FileUse.CHANGE && isOwn));
  }

  private DiskFiles withOwn(Location below) {
    return new DiskFiles(use, below, locking, ownLocking, policy, secrets);
  }

  @Override
  public void lock(Storage storage, FileUse.Part part) throws IOException {
    for (Storage below : Nodes.filesBelow(storage)) {
      boolean isOwn = storage.name().equals(own.toString());
      (isOwn ? withOwn(Location.of(FileNames.path(below.name()))) : this).lock(below, part);
    }
    if (!(storage instanceof FileStorage file) || locking == Locking.OFF) {
      return;
    }
    boolean isOwn = Location.of(FileNames.path(file.name())).equals(own);
    if (isOwn && ownLocking == Locking.OFF) {
      return;
    }
    boolean changes = use == FileUse.CHANGE;
    if (!isOwn && changes && part == FileUse.Part.OUTSIDE) {
      return; // opened once more to be changed with the image, and locked then
    }
    FileUse of = changes && !isOwn ? FileUse.READ : use;
    boolean shares = locking == Locking.SHARED || isOwn && ownLocking == Locking.SHARED;
    file.lock(shares ? of.of(part).sharing() : of.of(part));
  }
}
