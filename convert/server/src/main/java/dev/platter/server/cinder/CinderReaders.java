package dev.platter.server.cinder;

import dev.platter.server.cinder.CinderAttachments.Attached;
import dev.platter.server.cinder.CinderVolumes.Volume;
import dev.platter.service.store.StoreException;
import dev.platter.storage.FileStorage;
import dev.platter.storage.Run;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Images that are being read: most volumes can be attached once at a time, so that all who read one
 * here share an attachment. For any thread.
 */
final class CinderReaders {
  private static final System.Logger LOG = System.getLogger(CinderReaders.class.getName());

  private final CinderAttachments attachments;
  private final Map<String, Shared> shared = new HashMap<>();

  /** A volume that somebody here reads, or wants to. */
  private static final class Shared {
    private int readers; // with the map's lock held
    private Attached attached; // with its own
  }

  CinderReaders(CinderAttachments attachments) {
    this.attachments = attachments;
  }

  /** Opens an image of a size; the caller closes it. */
  Storage open(String name, Volume volume, long size) throws IOException {
    Shared own;
    synchronized (shared) {
      own = shared.computeIfAbsent(volume.id(), any -> new Shared());
      own.readers++;
    }
    try {
      synchronized (own) {
        if (own.attached == null) {
          own.attached = attachments.toRead(volume);
        }
        return new Image(
            name, FileStorage.openForReading(own.attached.path()), size, volume.id(), own);
      }
    } catch (IOException | RuntimeException e) {
      release(volume.id(), own);
      throw e;
    }
  }

  private void release(String volumeId, Shared own) {
    synchronized (own) {
      synchronized (shared) {
        own.readers--;
        if (own.readers > 0) {
          return;
        }
        shared.remove(volumeId);
      }
      if (own.attached == null) {
        return;
      }
      try {
        attachments.detach(own.attached.attachmentId());
      } catch (StoreException e) {
        LOG.log(System.Logger.Level.WARNING, "volume " + volumeId + " may stay attached", e);
      }
    }
  }

  /** The beginning of a volume. */
  private final class Image extends Storage {
    private final FileStorage file;
    private final long size;
    private final String volumeId;
    private final Shared own;
    private final AtomicBoolean closed = new AtomicBoolean();

    Image(String name, FileStorage file, long size, String volumeId, Shared own) {
      super(name);
      this.file = file;
      this.size = size;
      this.volumeId = volumeId;
      this.own = own;
    }

    @Override
    public long size() {
      return size;
    }

    @Override
    public long allocatedSize() throws IOException {
      return Math.min(size, file.allocatedSize());
    }

    @Override
    protected long readSome(long offset, MemorySegment target) throws IOException {
      long count = Math.min(target.byteSize(), size - offset);
      return count <= 0 ? 0 : file.read(offset, target.asSlice(0, count));
    }

    @Override
    protected Run findRun(long offset, long end) throws IOException {
      return offset < file.size() ? file.runAt(offset, end) : super.findRun(offset, end);
    }

    @Override
    public void close() throws IOException {
      if (closed.compareAndSet(false, true)) {
        try {
          file.close();
        } finally {
          release(volumeId, own);
        }
      }
    }
  }
}
