package dev.platter.server.swift;

import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.platter.server.client.HttpRequests.Answer;
import dev.platter.server.http.Json;
import dev.platter.server.swift.SwiftSettings.Manifest;
import dev.platter.server.swift.SwiftSettings.Segments;
import dev.platter.service.store.OrderedStorage;
import dev.platter.service.store.StoreException;
import dev.platter.service.store.StoreException.Kind;
import dev.platter.service.store.StoreWriter;
import dev.platter.service.store.StoredImage;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A new image, written in order and sent as it comes: as one object, or in segments, of which
 * nobody sees anything before the manifest that names them. One thread writes at a time.
 *
 * <p>Segments have names that no other upload has: {@code IMAGE/UPLOAD/00000001}. Otherwise what is
 * left of an upload that failed could become part of the next one's dynamic large object.
 */
final class SwiftWriter implements StoreWriter {
  private static final System.Logger LOG = System.getLogger(SwiftWriter.class.getName());

  /** How many segments a static large object may have, unless a cluster is told otherwise. */
  private static final int MOST_SEGMENTS = 1000;

  /** Where the size is not known, later segments are larger: they double after each such number. */
  private static final int DOUBLED_AFTER = 100;

  /** Swift takes no larger object. */
  private static final long LARGEST = 5L << 30;

  private static final int CHECKS = 8;

  private final Place place;
  private final SwiftConnection connection;
  private final String store;
  private final String container;
  private final String imageId;
  private final String location;
  private final Segments segments;
  private final boolean single;
  private final long segmentSize;
  private final boolean grows;
  private final String upload = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
  private final List<Segment> sent = new ArrayList<>();
  private final Bytes bytes;
  private SwiftUpload current;
  private boolean failed;
  private boolean committed;

  /** What was sent, and lies there. */
  private record Segment(String name, String tag, long size) {}

  SwiftWriter(
      Place place, String store, String location, Segments segments, OptionalLong expectedSize) {
    this.place = place;
    this.connection = place.connection();
    this.store = store;
    this.container = place.container();
    this.imageId = place.imageId();
    this.location = location;
    this.segments = segments;
    bytes = new Bytes();
    long expected = expectedSize.orElse(0);
    single = expectedSize.isPresent() && expected < segments.threshold();
    grows = expectedSize.isEmpty();
    // Of an image as large as this, the segments have to be.
    segmentSize = Math.clamp(Math.ceilDiv(expected, MOST_SEGMENTS), segments.size(), LARGEST);
  }

  @Override
  public WritableStorage storage() {
    return bytes;
  }

  @Override
  public boolean sequential() {
    return true;
  }

  /** Where the image's bytes go. */
  private final class Bytes extends OrderedStorage {
    Bytes() {
      super(location);
    }

    @Override
    protected void append(byte[] piece, int length) throws IOException {
      if (failed) {
        throw new IOException(name() + ": an earlier write failed");
      }
      try {
        take(piece, length);
      } catch (IOException | RuntimeException e) {
        failed = true;
        throw e;
      }
    }
  }

  private void take(byte[] piece, int length) throws IOException {
    for (int done = 0; done < length; ) {
      if (current == null) {
        current = single ? begin(imageId) : beginSegment();
      }
      long room = single ? Long.MAX_VALUE : sizeOf(sent.size()) - current.size();
      int count = (int) Math.min(length - done, room);
      current.write(piece, done, count);
      done += count;
      if (count == room) {
        finishSegment();
      }
    }
  }

  private SwiftUpload begin(String name) throws StoreException {
    return connection.begin(SwiftConnection.path(container, name), upload);
  }

  private SwiftUpload beginSegment() throws IOException {
    if (sent.size() == MOST_SEGMENTS && segments.manifest() == Manifest.SLO) {
      throw new StoreException(
          Kind.FULL, store, "an image has at most 1000 segments; let them be larger");
    }
    return segments.buffer().isPresent()
        ? new BufferedUpload(
            connection,
            SwiftConnection.path(container, nextName()),
            upload,
            segments.buffer().get())
        : begin(nextName());
  }

  /** How large a segment becomes. */
  private long sizeOf(int index) {
    int doubled = grows ? Math.min(index / DOUBLED_AFTER, 12) : 0;
    return Math.min(segmentSize << doubled, LARGEST);
  }

  private String prefix() {
    return SwiftNames.prefix(imageId, upload);
  }

  private String nextName() {
    return SwiftNames.segment(imageId, upload, sent.size() + 1);
  }

  private void finishSegment() throws IOException {
    long size = current.size();
    sent.add(new Segment(nextName(), current.finish(), size));
    current = null;
  }

  @Override
  public StoredImage commit() throws IOException {
    if (failed) {
      throw new IOException(location + ": what failed to be written cannot be committed");
    }
    try {
      boolean empty = current == null && sent.isEmpty(); // no manifest is without segments
      if (single || empty) {
        commitSingle();
      } else {
        if (current != null) {
          finishSegment();
        }
        commitSegments();
      }
    } catch (IOException | RuntimeException e) {
      failed = true;
      throw e;
    }
    committed = true;
    return new StoredImage(location, bytes.size());
  }

  private void commitSingle() throws IOException {
    if (current == null) {
      current = begin(imageId);
    }
    try {
      current.finish();
    } catch (IOException e) {
      // The answer may have been lost.
      if (!isThere(current.tag())) {
        throw e;
      }
    }
    current = null;
  }

  private boolean isThere(String tag) throws StoreException {
    Answer head = connection.ask("HEAD", SwiftConnection.path(container, imageId));
    return isThere(head, tag);
  }

  private boolean isThere(Answer head, String tag) {
    return head.status() == 200
        && SwiftNames.uploadOf(head).equals(upload)
        && SwiftNames.sizeOf(head) == bytes.size()
        && SwiftNames.tagOf(head).equals(tag);
  }

  private void commitSegments() throws StoreException {
    String path = SwiftConnection.path(container, imageId);
    boolean listed = segments.manifest() == Manifest.SLO;
    Answer answer =
        listed
            ? connection.put(
                path + "?multipart-manifest=put",
                Map.of("If-None-Match", "*", SwiftNames.UPLOAD, upload),
                manifest())
            : connection.put(
                path,
                Map.of(
                    "If-None-Match",
                    "*",
                    SwiftNames.UPLOAD,
                    upload,
                    "X-Object-Manifest",
                    SwiftConnection.path(container, prefix()).substring(1)),
                new byte[0]);
    // When it is there already, an answer may have been lost: it may be this one.
    if (answer.status() != 201 && answer.status() != 412) {
      throw connection.refusal(answer.status());
    }
    check(path, answer.status());
  }

  /** The list of segments; Swift compares each with what it has. */
  private byte[] manifest() {
    ArrayNode list = Json.array();
    for (Segment segment : sent) {
      list.addObject()
          .put("path", "/" + container + "/" + segment.name())
          .put("etag", segment.tag())
          .put("size_bytes", segment.size());
    }
    return Json.bytes(list);
  }

  /**
   * The object must be what was sent: a cluster that knows no manifests would keep the list itself,
   * and lists of containers, which dynamic large objects are made of, may lag behind.
   */
  private void check(String path, int status) throws StoreException {
    for (int i = 1; ; i++) {
      Answer head = connection.ask("HEAD", path);
      if (isThere(head, tag())) {
        return;
      }
      if (head.status() == 200 && !SwiftNames.uploadOf(head).equals(upload)) {
        throw connection.refusal(412); // another upload's
      }
      if (i == CHECKS || segments.manifest() == Manifest.SLO) {
        throw new StoreException(
            Kind.UNAVAILABLE,
            store,
            head.status() == 200
                ? "Swift has an object of %d bytes where %d were sent in segments; does it know %s?"
                    .formatted(SwiftNames.sizeOf(head), bytes.size(), segments.manifest())
                : "the manifest was answered with status %d, and is not there (status %d)"
                    .formatted(status, head.status()));
      }
      connection.pause(i);
    }
  }

  /** The entity tag of a large object: the digest of those of its segments. */
  private String tag() {
    MessageDigest digest = SwiftNames.md5();
    for (Segment segment : sent) {
      digest.update(segment.tag().getBytes(StandardCharsets.US_ASCII));
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  @Override
  public void close() {
    if (committed) {
      return;
    }
    if (current != null) {
      current.abort();
      current = null;
    }
    try {
      place.removal().upload(imageId, upload, single ? 0 : sent.size() + 1);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "an upload to " + location + " may be left", e);
    }
  }
}
