package dev.platter.guest.copy;

import dev.platter.guest.files.Budget;
import dev.platter.guest.files.FileAttributes;
import dev.platter.guest.files.Node;
import dev.platter.guest.files.Source;
import dev.platter.storage.FileNames;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes files of the host out of a guest's. Nothing is written outside of a directory that is made
 * here: what is there already is refused, all is made anew by names without a slash, and symbolic
 * links are made last, when nothing more is written that they could lead astray. What fails takes
 * back all that was made.
 */
public final class Extraction {
  private static final int SET_IDS = 07000;
  private static final int MODE = 0777;
  private static final int MOST_LINKS = 1 << 20;

  private final Path top;
  private final boolean preserve;
  private final LeftOut leftOut;
  private final ContentCopy copy;
  private final Map<FileAttributes.Identity, Path> linked = new HashMap<>();
  private final List<Link> links = new ArrayList<>();
  private final Deque<Made> directories = new ArrayDeque<>();

  private record Link(Path path, String target, FileAttributes attributes) {}

  private record Made(Path path, FileAttributes attributes) {}

  private Extraction(Path top, boolean preserve, LeftOut leftOut, ContentCopy.Pulse pulse) {
    this.top = top;
    this.preserve = preserve;
    this.leftOut = leftOut;
    this.copy = new ContentCopy(pulse);
  }

  /**
   * Makes what lies at {@code start}, and below it.
   *
   * @param top what it becomes; must not be there, but for an empty directory
   * @param budget of the volume
   * @param preserve whether files get their owners, and the bits set-uid, set-gid and sticky, for
   *     which the process must be root; else they are the caller's, and have none of these
   * @param leftOut takes what is not made, and why: devices, sockets, pipes; what cannot be read
   */
  public static void extract(
      Node start,
      Path top,
      Budget budget,
      boolean preserve,
      LeftOut leftOut,
      ContentCopy.Pulse pulse)
      throws IOException {
    boolean isThere = Files.exists(top, LinkOption.NOFOLLOW_LINKS);
    if (isThere && !isEmptyDirectory(top)) {
      throw new IOException(FileNames.text(top) + ": it is there already");
    }
    Extraction extraction = new Extraction(top, preserve, leftOut, pulse);
    try {
      extraction.run(start, budget);
    } catch (Throwable e) {
      try {
        remove(top, isThere);
      } catch (IOException again) {
        e.addSuppressed(again);
      }
      throw e;
    }
  }

  private static boolean isEmptyDirectory(Path path) throws IOException {
    if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    try (var entries = Files.newDirectoryStream(path)) {
      return !entries.iterator().hasNext();
    }
  }

  private void run(Node start, Budget budget) throws IOException {
    FileWalk.walk(
        start,
        budget,
        new FileWalk.Visitor() {
          @Override
          public void visit(String path, Node node, FileAttributes attributes) throws IOException {
            try {
              make(
                  path.isEmpty() ? top : top.resolve(FileNames.path(path)), path, node, attributes);
            } catch (InvalidPathException e) {
              leftOut.leftOut(path, "no file here can have that name: " + e.getReason());
            }
          }

          @Override
          public void skip(String path, IOException reason) throws IOException {
            leftOut.leftOut(path, reason.getMessage());
          }
        });
    for (Link link : links) {
      Files.createSymbolicLink(link.path(), FileNames.path(link.target()));
      own(link.path(), link.attributes());
    }
    for (Made directory : directories) { // the last one first: what is in it is done by then
      finish(directory.path(), directory.attributes());
    }
  }

  private void make(Path path, String shown, Node node, FileAttributes attributes)
      throws IOException {
    switch (node.kind()) {
      case DIRECTORY -> {
        if (!path.equals(top) || !Files.isDirectory(top, LinkOption.NOFOLLOW_LINKS)) {
          Files.createDirectory(path);
        }
        directories.push(new Made(path, attributes));
      }
      case LINK -> {
        String target;
        try {
          target = node.target();
          FileNames.path(target);
        } catch (IOException e) {
          leftOut.leftOut(shown, e.getMessage());
          return;
        }
        if (target.isEmpty() || links.size() >= MOST_LINKS) {
          leftOut.leftOut(shown, target.isEmpty() ? "a link to nothing" : "too many links");
          return;
        }
        links.add(new Link(path, target, attributes));
      }
      case FILE -> makeFile(path, shown, node, attributes);
      default ->
          leftOut.leftOut(shown, "devices, pipes and sockets are not made; tar-out keeps them");
    }
  }

  private void makeFile(Path path, String shown, Node node, FileAttributes attributes)
      throws IOException {
    if (attributes.links() > 1) {
      Path first = linked.get(attributes.identity());
      if (first != null) {
        Files.createLink(path, first);
        return;
      }
    }
    Source content;
    try {
      content = node.content();
    } catch (IOException e) {
      leftOut.leftOut(shown, e.getMessage());
      return;
    }
    write(path, content);
    finish(path, attributes);
    if (attributes.links() > 1 && linked.size() < MOST_LINKS) {
      linked.put(attributes.identity(), path);
    }
  }

  private void write(Path path, Source content) throws IOException {
    long[] at = {0};
    try (FileChannel file =
        FileChannel.open(
            path,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.WRITE,
            LinkOption.NOFOLLOW_LINKS)) {
      copy.copy(
          content,
          new ContentCopy.Sink() {
            @Override
            public void bytes(byte[] bytes, int length) throws IOException {
              ByteBuffer left = ByteBuffer.wrap(bytes, 0, length);
              put(file, left, at[0]);
              at[0] += length;
            }

            @Override
            public void hole(long length) {
              at[0] += length;
            }
          });
      if (file.size() < at[0]) { // it ends in a hole
        put(file, ByteBuffer.allocate(1), at[0] - 1);
      }
    }
  }

  private static void put(FileChannel file, ByteBuffer bytes, long offset) throws IOException {
    for (long at = offset; bytes.hasRemaining(); ) {
      at += file.write(bytes, at);
    }
  }

  private void finish(Path path, FileAttributes attributes) throws IOException {
    own(path, attributes);
    setTimes(path, attributes);
    // The last one, as it may forbid the others.
    int mode = attributes.mode() & (preserve ? MODE | SET_IDS : MODE);
    Files.setAttribute(path, "unix:mode", mode, LinkOption.NOFOLLOW_LINKS);
  }

  private void own(Path path, FileAttributes attributes) throws IOException {
    if (preserve) {
      Files.setAttribute(path, "unix:uid", (int) attributes.uid(), LinkOption.NOFOLLOW_LINKS);
      Files.setAttribute(path, "unix:gid", (int) attributes.gid(), LinkOption.NOFOLLOW_LINKS);
    }
  }

  private static void setTimes(Path path, FileAttributes attributes) throws IOException {
    Files.getFileAttributeView(path, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .setTimes(FileTime.from(attributes.modified()), FileTime.from(attributes.accessed()), null);
  }

  /** Takes back what was made. */
  private static void remove(Path top, boolean butNotItself) throws IOException {
    if (!Files.exists(top, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Files.walkFileTree(
        top,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, IOException e)
              throws IOException {
            if (!butNotItself || !directory.equals(top)) {
              Files.delete(directory);
            }
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
