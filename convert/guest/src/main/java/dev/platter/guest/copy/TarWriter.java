package dev.platter.guest.copy;

import dev.platter.guest.files.Budget;
import dev.platter.guest.files.FileAttributes;
import dev.platter.guest.files.Node;
import dev.platter.guest.files.Source;
import dev.platter.image.Fault;
import dev.platter.storage.FileNames;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Puts files of a guest into a tar as GNU tar and others unpack it (POSIX pax; GNU's sparse files,
 * version 1.0): with owners, modes, times, devices, links of both kinds and extended attributes.
 * The same files make the same bytes. Belongs to one thread; the stream stays the caller's.
 */
public final class TarWriter {
  private static final int BLOCK = TarHeader.BLOCK;
  private static final int RECORD = 20 * BLOCK;
  private static final int SHORTEST_HOLE = 4096;
  private static final int MOST_REGIONS = 1 << 16;
  private static final int MOST_LINKS = 1 << 20;

  private final OutputStream out;
  private final ContentCopy copy;
  private final byte[] zeros = new byte[RECORD];
  private final Map<FileAttributes.Identity, String> linked = new HashMap<>();
  private long written;

  public TarWriter(OutputStream out, ContentCopy.Pulse pulse) {
    this.out = out;
    this.copy = new ContentCopy(pulse);
  }

  /**
   * Puts in what lies at {@code start}, and below it.
   *
   * @param name what it is called if it is no directory; what lies in a directory is called {@code
   *     ./...}
   * @param budget of its volume
   * @param leftOut takes what cannot be put in, and why: sockets, and what cannot be read
   */
  public void add(Node start, String name, Budget budget, LeftOut leftOut) throws IOException {
    boolean isDirectory = start.kind() == Node.Kind.DIRECTORY;
    FileWalk.walk(
        start,
        budget,
        new FileWalk.Visitor() {
          @Override
          public void visit(String path, Node node, FileAttributes attributes) throws IOException {
            String shown = isDirectory ? "./" + path : name;
            Optional<String> why = put(shown, node, attributes);
            if (why.isPresent()) {
              leftOut.leftOut(path, why.get());
            }
          }

          @Override
          public void skip(String path, IOException reason) throws IOException {
            leftOut.leftOut(path, reason.getMessage());
          }
        });
  }

  /** Ends the tar. */
  public void finish() throws IOException {
    write(zeros, 2 * BLOCK);
    write(zeros, (int) ((RECORD - written % RECORD) % RECORD));
  }

  /** Why it could not be put in; empty: it was. */
  private Optional<String> put(String path, Node node, FileAttributes attributes)
      throws IOException {
    TarHeader header = new TarHeader();
    Source content = null;
    String target = "";
    char type;
    try {
      FileNames.bytes(path);
      header.time("mtime", attributes.modified());
      header.time("atime", attributes.accessed());
      header.time("ctime", attributes.changed());
      node.extendedAttributes()
          .forEach((key, value) -> header.record("SCHILY.xattr." + escaped(key), value));
      switch (attributes.type()) {
        case FileAttributes.DIRECTORY -> type = TarHeader.DIRECTORY;
        case FileAttributes.LINK -> {
          type = TarHeader.LINK;
          target = node.target();
          FileNames.bytes(target);
        }
        case FileAttributes.BLOCK_DEVICE -> type = TarHeader.BLOCK_DEVICE;
        case FileAttributes.CHARACTER_DEVICE -> type = TarHeader.CHARACTER_DEVICE;
        case FileAttributes.FIFO -> type = TarHeader.FIFO;
        case FileAttributes.FILE -> {
          type = TarHeader.FILE;
          content = node.content();
        }
        default -> {
          return Optional.of("a tar has no sockets and the like");
        }
      }
    } catch (IOException e) {
      return Optional.of(e.getMessage());
    } catch (IllegalArgumentException e) {
      return Optional.of("its name, or where it points, has " + e.getMessage());
    }
    if (attributes.links() > 1 && type != TarHeader.DIRECTORY) {
      String first = linked.putIfAbsent(attributes.identity(), path);
      if (first != null) {
        write(new TarHeader().bytes(TarHeader.HARD_LINK, path, first, attributes, 0));
        return Optional.empty();
      }
      if (linked.size() > MOST_LINKS) {
        throw Fault.on(path).corrupt("more than " + MOST_LINKS + " files with several names");
      }
    }
    String name = type == TarHeader.DIRECTORY && !path.endsWith("/") ? path + "/" : path;
    if (content == null || content.size() == 0) {
      write(header.bytes(type, name, target, attributes, 0));
    } else {
      putFile(header, name, content, attributes);
    }
    return Optional.empty();
  }

  private void putFile(TarHeader header, String path, Source content, FileAttributes attributes)
      throws IOException {
    Optional<List<ContentCopy.Region>> found = copy.regions(content, SHORTEST_HOLE, MOST_REGIONS);
    ContentCopy.Region whole = new ContentCopy.Region(0, content.size());
    List<ContentCopy.Region> regions = found.orElse(List.of(whole));
    if (regions.equals(List.of(whole))) {
      write(header.bytes(TarHeader.FILE, path, "", attributes, content.size()));
      putBytes(content, whole);
      pad(content.size());
      return;
    }
    byte[] map = map(regions, content.size());
    long size = map.length;
    for (ContentCopy.Region region : regions) {
      size += region.length();
    }
    header.record("GNU.sparse.major", "1");
    header.record("GNU.sparse.minor", "0");
    header.record("GNU.sparse.name", FileNames.bytes(path));
    header.record("GNU.sparse.realsize", Long.toString(content.size()));
    int slash = path.lastIndexOf('/') + 1;
    String name = path.substring(0, slash) + "GNUSparseFile.0/" + path.substring(slash);
    write(header.bytes(TarHeader.FILE, name, "", attributes, size));
    write(map);
    for (ContentCopy.Region region : regions) {
      putBytes(content, region);
    }
    pad(size);
  }

  /** Decimal numbers, each on a line: how many parts there are, where each lies, its length. */
  private static byte[] map(List<ContentCopy.Region> regions, long size) {
    ContentCopy.Region last = regions.isEmpty() ? null : regions.getLast();
    boolean endsInHole = last == null || last.offset() + last.length() < size;
    StringBuilder text = new StringBuilder();
    text.append(regions.size() + (endsInHole ? 1 : 0)).append('\n');
    for (ContentCopy.Region region : regions) {
      text.append(region.offset()).append('\n').append(region.length()).append('\n');
    }
    if (endsInHole) {
      text.append(size).append("\n0\n");
    }
    byte[] bytes = text.toString().getBytes(StandardCharsets.US_ASCII);
    return Arrays.copyOf(bytes, (bytes.length + BLOCK - 1) / BLOCK * BLOCK);
  }

  private void putBytes(Source content, ContentCopy.Region region) throws IOException {
    copy.copy(
        content,
        region,
        new ContentCopy.Sink() {
          @Override
          public void bytes(byte[] bytes, int length) throws IOException {
            write(bytes, length);
          }

          @Override
          public void hole(long length) {
            throw new IllegalStateException("a part that is stored has no holes");
          }
        });
  }

  /** The name of an attribute, in which an equals sign would end it. */
  private static String escaped(String key) {
    return key.replace("%", "%25").replace("=", "%3D");
  }

  private void pad(long size) throws IOException {
    write(zeros, (int) ((BLOCK - size % BLOCK) % BLOCK));
  }

  private void write(byte[] bytes) throws IOException {
    write(bytes, bytes.length);
  }

  private void write(byte[] bytes, int length) throws IOException {
    out.write(bytes, 0, length);
    written += length;
  }
}
