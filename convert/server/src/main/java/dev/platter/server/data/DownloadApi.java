package dev.platter.server.data;

import dev.platter.server.cache.CacheCopy;
import dev.platter.server.cache.ImageCache;
import dev.platter.server.http.ApiException;
import dev.platter.server.http.Call;
import dev.platter.server.http.Router;
import dev.platter.server.image.Image;
import dev.platter.server.image.Images;
import dev.platter.server.store.Stores;
import dev.platter.server.turn.FairTurns;
import dev.platter.service.Pace;
import dev.platter.storage.Run;
import dev.platter.storage.Storage;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.stream.Stream;

/** Giving images out: whole or a range, from the cache or from a store. */
public final class DownloadApi {
  private static final String TYPE = "application/octet-stream";
  private static final MemorySegment ZEROS = Arena.global().allocate(Buffers.SIZE, 4096);

  private final Images images;
  private final Stores stores;
  private final ImageCache cache;
  private final FairTurns turns;
  private final Pace pace;
  private final LongConsumer sent;
  private final Buffers buffers = new Buffers();

  /**
   * @param turns whoever reads waits for one
   * @param pace how fast that must be
   * @param sent is told how many bytes went out
   */
  public DownloadApi(
      Images images,
      Stores stores,
      ImageCache cache,
      FairTurns turns,
      Pace pace,
      LongConsumer sent) {
    this.turns = turns;
    this.pace = pace;
    this.images = images;
    this.stores = stores;
    this.cache = cache;
    this.sent = sent;
  }

  public void addTo(Router router) {
    router.get("/v2/images/{image_id}/file", this::download);
  }

  private void download(Call call) throws IOException {
    Image image = images.downloadable(call.caller(), call.variable("image_id"));
    List<String> preferred = preferred(call, image);
    if (image.locations().isEmpty()) {
      call.answer(204);
      return;
    }
    try (FairTurns.Turn turn = turns.take(call.caller().projectId())) {
      send(call, image, preferred);
    }
  }

  private void send(Call call, Image image, List<String> preferred) throws IOException {
    Optional<Storage> cached = cache.open(image);
    if (cached.isPresent()) {
      try (Storage data = cached.get()) {
        send(call, image, data, Optional.empty());
      }
      return;
    }
    try (Storage data = stores.open(image, preferred)) {
      boolean whole = call.header("Range").isEmpty() && call.method().equals("GET");
      try (CacheCopy copy = whole ? cache.begin(image).orElse(null) : null) {
        send(call, image, data, Optional.ofNullable(copy));
      }
    }
  }

  /** The stores that the caller would rather have the data from. */
  private List<String> preferred(Call call, Image image) {
    Optional<String> prefer = call.query("prefer");
    if (prefer.isEmpty()) {
      return List.of();
    }
    if (!stores.several()) {
      throw ApiException.badRequest("There are no stores to choose from: prefer means nothing");
    }
    images.require("download_from_store", call.caller(), image);
    return Stream.of(prefer.get().split(",")).map(String::strip).distinct().toList();
  }

  private void send(Call call, Image image, Storage data, Optional<CacheCopy> copy)
      throws IOException {
    long size = data.size();
    Optional<ByteRange> range = call.header("Range").map(text -> ByteRange.parse(text, size));
    ByteRange part = range.orElse(new ByteRange(0, size));
    call.withHeader("Accept-Ranges", "bytes");
    if (range.isPresent()) {
      call.withHeader(
          "Content-Range",
          "bytes %d-%d/%d".formatted(part.offset(), part.offset() + part.length() - 1, size));
    }
    if (image.data().checksum() != null) {
      call.withHeader("Content-MD5", image.data().checksum());
    }
    int status = range.isPresent() ? 206 : 200;
    if (call.method().equals("HEAD") || part.length() == 0) {
      call.answer(status, TYPE, part.length()).close();
      return;
    }
    MemorySegment buffer = buffers.take();
    int most = (int) Math.min(buffer.byteSize(), PaceWatch.part(pace));
    // Not given back when the sending fails: somebody may still be sending from it.
    try (PaceWatch watch = new PaceWatch(pace, call::cutOff)) {
      Call.Sender output = call.send(status, TYPE, part.length());
      Call.Sender watched =
          (bytes, last) -> {
            int count = bytes.remaining();
            output.send(bytes, last);
            watch.passed(count);
            sent.accept(count);
          };
      copy(data, part, watched, buffer.asSlice(0, most), copy);
    }
    buffers.give(buffer);
  }

  private void copy(
      Storage data,
      ByteRange part,
      Call.Sender output,
      MemorySegment buffer,
      Optional<CacheCopy> copy)
      throws IOException {
    long end = part.offset() + part.length();
    Run run = data.runAt(part.offset(), end);
    for (long at = part.offset(); at < end; ) {
      run = at < run.end() ? run : data.runAt(at, end);
      MemorySegment source = run.hole() ? ZEROS.asSlice(0, buffer.byteSize()) : buffer;
      long length = Math.min(run.end() - at, source.byteSize());
      MemorySegment bytes = source.asSlice(0, length);
      if (!run.hole() && data.read(at, bytes) < length) {
        throw new EOFException(data.name() + ": ends before its size");
      }
      if (copy.isPresent()) {
        copy.get().write(bytes);
        if (at + length == end) {
          copy.get().finish(); // whoever has the last byte finds the copy
        }
      }
      output.send(bytes.asByteBuffer(), at + length == end);
      at += length;
    }
  }
}
