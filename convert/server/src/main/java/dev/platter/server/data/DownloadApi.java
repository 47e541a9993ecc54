package dev.platter.server.data;

import dev.platter.server.cache.CacheCopy;
import dev.platter.server.cache.ImageCache;
import dev.platter.server.http.ApiException;
import dev.platter.server.http.Call;
import dev.platter.server.http.Router;
import dev.platter.server.image.Image;
import dev.platter.server.image.Images;
import dev.platter.server.store.Stores;
import dev.platter.storage.Storage;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.function.LongConsumer;

/** Giving images out: whole or a range, from the cache or from a store. */
public final class DownloadApi {
  private static final int BUFFER = 1 << 18;

  private final Images images;
  private final Stores stores;
  private final ImageCache cache;
  private final LongConsumer sent;

  /**
   * @param sent is told how many bytes went out
   */
  public DownloadApi(Images images, Stores stores, ImageCache cache, LongConsumer sent) {
    this.images = images;
    this.stores = stores;
    this.cache = cache;
    this.sent = sent;
  }

  public void addTo(Router router) {
    router.get("/v2/images/{image_id}/file", this::download);
  }

  private void download(Call call) throws IOException {
    Image image = images.permitted(call.caller(), call.variable("image_id"), "download_image");
    if (image.status().equals(Image.Status.DEACTIVATED) && !call.caller().isAdmin()) {
      throw ApiException.forbidden(
          "The requested image has been deactivated. Image data download is forbidden.");
    }
    if (image.locations().isEmpty()) {
      call.answer(204);
      return;
    }
    Optional<Storage> cached = cache.open(image);
    if (cached.isPresent()) {
      try (Storage data = cached.get()) {
        send(call, image, data, Optional.empty());
      }
      return;
    }
    try (Storage data = stores.open(image)) {
      boolean whole = call.header("Range").isEmpty() && call.method().equals("GET");
      try (CacheCopy copy = whole ? cache.begin(image).orElse(null) : null) {
        send(call, image, data, Optional.ofNullable(copy));
      }
    }
  }

  private void send(Call call, Image image, Storage data, Optional<CacheCopy> copy)
      throws IOException {
    long size = data.size();
    Optional<ByteRange> range = call.header("Range").flatMap(text -> ByteRange.parse(text, size));
    ByteRange part = range.orElse(new ByteRange(0, size));
    call.withHeader("Accept-Ranges", "bytes");
    if (range.isPresent()) {
      call.withHeader(
          "Content-Range",
          "bytes %d-%d/%d".formatted(part.offset(), part.offset() + part.length() - 1, size));
    } else if (image.data().checksum() != null) {
      call.withHeader("Content-MD5", image.data().checksum());
    }
    int status = range.isPresent() ? 206 : 200;
    try (OutputStream output = call.answer(status, "application/octet-stream", part.length())) {
      if (!call.method().equals("HEAD")) {
        copy(data, part, output, copy);
      }
    }
  }

  private void copy(Storage data, ByteRange part, OutputStream output, Optional<CacheCopy> copy)
      throws IOException {
    byte[] bytes = new byte[(int) Math.min(BUFFER, part.length())];
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(Math.max(1, bytes.length), 4096);
      long done = 0;
      while (done < part.length()) {
        int wanted = (int) Math.min(bytes.length, part.length() - done);
        long count = data.read(part.offset() + done, buffer.asSlice(0, wanted));
        if (count < wanted) {
          throw new EOFException(data.name() + ": ends before its size");
        }
        MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, 0, bytes, 0, wanted);
        if (copy.isPresent()) {
          copy.get().write(buffer.asSlice(0, wanted));
          if (done + wanted == part.length()) {
            copy.get().finish(); // whoever has the last byte finds the copy
          }
        }
        output.write(bytes, 0, wanted);
        sent.accept(wanted);
        done += wanted;
      }
    }
  }
}
