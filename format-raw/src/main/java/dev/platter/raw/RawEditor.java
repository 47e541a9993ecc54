package dev.platter.raw;

import dev.platter.image.ImageInfo;
import dev.platter.image.Preallocation;
import dev.platter.image.Sizes;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.ResizeRequest;
import dev.platter.image.spi.Snapshots;
import dev.platter.image.support.Undo;
import dev.platter.storage.Run;
import dev.platter.storage.WritableStorage;
import dev.platter.storage.ZeroScan;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** Changes a raw disk: it is as long as its file, and what holds zeros may become a hole. */
final class RawEditor implements ImageEditor {
  private static final int BUFFER = 1 << 20;

  /** The unit of holes in all file systems that have them. */
  private static final int PAGE = 4096;

  private final WritableStorage storage;

  RawEditor(WritableStorage storage) {
    this.storage = storage;
  }

  @Override
  public ImageInfo info() throws IOException {
    return new RawImage(storage).info();
  }

  @Override
  public Optional<Snapshots> snapshots() {
    return storage.snapshots().map(KeptSnapshots::new);
  }

  /** The new length comes first, so that there is no moment with another one. */
  @Override
  public Optional<IOException> resize(ResizeRequest request) throws IOException {
    request.preallocation().requireNotMetadata();
    long before = storage.size();
    if (request.size() < before) {
      storage.sync(); // What cannot be written is known before anything is lost.
      storage.truncate(request.size());
      return Undo.orLeak(storage::sync);
    }
    Undo.ifFails(
        () -> {
          storage.truncate(request.size());
          setAside(request.preallocation(), before, request.size());
          storage.sync();
        },
        () -> {
          storage.truncate(before);
          storage.sync();
        });
    return Optional.empty();
  }

  private void setAside(Preallocation preallocation, long from, long end) throws IOException {
    if (from >= end || preallocation == Preallocation.OFF) {
      return;
    }
    if (preallocation == Preallocation.FALLOC) {
      storage.allocate(from, end - from);
    } else {
      storage.fill(from, end - from);
    }
  }

  @Override
  public long compact() throws IOException {
    long won = 0;
    long size = storage.size();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(BUFFER, PAGE);
      for (long at = 0; at < size; ) {
        Run run = storage.runAt(at, Math.min(size, (at / BUFFER + 1) * BUFFER));
        if (!run.hole()) {
          MemorySegment bytes = buffer.asSlice(0, run.length());
          storage.readFully(at, bytes);
          won += punch(at, bytes);
        }
        at = run.end();
      }
    }
    storage.sync();
    return won;
  }

  /** Makes holes of the whole pages that are zero. */
  private long punch(long offset, MemorySegment bytes) throws IOException {
    long won = 0;
    long end = bytes.byteSize();
    long at = -offset & (PAGE - 1);
    while (at < end) {
      long zeros = Sizes.roundDown(ZeroScan.zeroRun(bytes.asSlice(at), PAGE), PAGE);
      if (zeros > 0) {
        storage.zero(offset + at, zeros);
        won += zeros;
        at += zeros;
      }
      // What is shorter than a page at the end stays.
      at += Math.max(PAGE, ZeroScan.dataRun(bytes.asSlice(Math.min(at, end)), PAGE));
    }
    return won;
  }

  @Override
  public void close() {}
}
