package dev.platter.guest.files;

import dev.platter.guest.volume.FileSystemHeads;
import dev.platter.image.BlockMap;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Set;
import java.util.TreeSet;

/** Whole files and directories of a file system, for tests. */
public final class GuestFiles {
  private GuestFiles() {}

  private interface Use<T> {
    T of(FileTree files) throws IOException;
  }

  private static <T> T open(BlockMap map, long offset, long length, Use<T> use) throws IOException {
    Budget budget = Budget.of(1L << 30, 1L << 30);
    try (DiskSource disk = new DiskSource("disk", map, budget)) {
      Source volume = disk.window("volume", offset, length, budget);
      return use.of(FileSystemHeads.identify(volume).orElseThrow().open());
    }
  }

  /** All bytes of the file at the path, in the file system that lies there on the disk. */
  public static byte[] read(BlockMap map, long offset, long length, String path)
      throws IOException {
    return open(
        map,
        offset,
        length,
        files -> {
          Source file = files.open(path).orElseThrow(() -> new IOException("no " + path));
          ByteArrayOutputStream all = new ByteArrayOutputStream();
          for (long at = 0; at < file.size(); at += 50_001) { // not a multiple of any block
            all.writeBytes(file.readUpTo(at, 50_001).array());
          }
          return all.toByteArray();
        });
  }

  /** The names in the directory at the path. */
  public static Set<String> names(BlockMap map, String path) throws IOException {
    return open(
        map, 0, map.size(), files -> new TreeSet<>(files.directory(path).orElseThrow().names()));
  }

  /** Where the link at the path points. */
  public static String target(BlockMap map, String directory, String name) throws IOException {
    return open(
        map,
        0,
        map.size(),
        files -> files.directory(directory).orElseThrow().child(name).orElseThrow().target());
  }
}
