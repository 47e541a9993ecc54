package dev.platter.guest.files.udf;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.FileAttributes;
import dev.platter.guest.files.FileSystemHead;
import dev.platter.guest.files.FileTree;
import dev.platter.guest.files.Node;
import dev.platter.guest.files.Source;
import dev.platter.image.Fault;
import dev.platter.image.ImageException;
import java.io.IOException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Files of UDF. */
public final class UdfFileSystem {
  private static final int IDENTIFIER = 38;
  private static final int DELETED = 4;
  private static final int PARENT = 8;
  private static final int MAX_DIRECTORY = 64 << 20;
  private static final int FILE_SET = 512;
  private static final int ROOT = 400;
  private static final int COMPONENT = 4;

  private final UdfVolume volume;

  private UdfFileSystem(UdfVolume volume) {
    this.volume = volume;
  }

  /** What a volume tells that was found to hold one. */
  public static FileSystemHead head(Source volume) throws IOException {
    try {
      UdfVolume udf = UdfVolume.read(volume);
      return new FileSystemHead("udf", udf.label(), udf.number(), 0, () -> open(volume));
    } catch (ImageException e) { // whoever reads the files is told what is wrong with them
      return new FileSystemHead("udf", "", "", 0, () -> open(volume));
    }
  }

  private static FileTree open(Source source) throws IOException {
    UdfVolume volume = UdfVolume.read(source);
    UdfPlace place = volume.openPartitions();
    Bytes set = volume.read(place, FILE_SET);
    UdfTag.require(set, UdfTag.FILE_SET);
    return new FileTree(new UdfFileSystem(volume).node(UdfPlace.ofLong(set, ROOT)));
  }

  private File node(UdfPlace place) throws IOException {
    return new File(UdfEntry.read(volume, place));
  }

  private final class File extends Node {
    private final UdfEntry entry;
    private final int type;
    private Map<String, UdfPlace> entries;

    private File(UdfEntry entry) throws IOException {
      this.entry = entry;
      this.type = entry.type();
    }

    @Override
    public Kind kind() {
      return Kind.ofMode(type);
    }

    @Override
    public FileAttributes attributes() throws IOException {
      return entry.fileAttributes();
    }

    @Override
    public Source content() throws IOException {
      return entry.content(volume);
    }

    @Override
    public Optional<Node> child(String name) throws IOException {
      UdfPlace found = entries().get(name);
      return found == null ? Optional.empty() : Optional.of(node(found));
    }

    @Override
    public Set<String> names() throws IOException {
      return Collections.unmodifiableSet(entries().keySet());
    }

    private Map<String, UdfPlace> entries() throws IOException {
      if (entries == null) {
        Map<String, UdfPlace> found = new LinkedHashMap<>();
        Source content = content();
        if (content.size() > MAX_DIRECTORY) {
          throw Fault.on(content.name()).corrupt("a directory of " + content.size() + " bytes");
        }
        for (long at = 0; at + IDENTIFIER <= content.size(); ) {
          Bytes head = content.read(at, IDENTIFIER);
          int length = IDENTIFIER + head.u16(36) + head.u8(19) + 3 & ~3;
          Bytes identifier = content.read(at, length);
          UdfTag.require(identifier, UdfTag.FILE_IDENTIFIER);
          if ((head.u8(18) & (DELETED | PARENT)) == 0) {
            identifier.require(found.size() < MAX_NAMES, "a directory of too many names");
            String name = UdfText.name(identifier.slice(IDENTIFIER + head.u16(36), head.u8(19)));
            if (!Node.isOfEveryDirectory(name)) {
              found.putIfAbsent(name, UdfPlace.ofLong(identifier, 20));
            }
          }
          at += length;
        }
        entries = found;
      }
      return entries;
    }

    /** Components of a path (ECMA-167, 4/14.16). */
    @Override
    public String target() throws IOException {
      Source content = content();
      Bytes path = content.read(0, content.size());
      StringBuilder target = new StringBuilder();
      for (int at = 0; at + COMPONENT <= path.length(); ) {
        int length = path.u8(at + 1);
        String part =
            switch (path.u8(at)) {
              case 1, 2 -> "/";
              case 3 -> "..";
              case 4 -> ".";
              case 5 -> UdfText.name(path.slice(at + COMPONENT, length));
              default -> throw path.wrong("a link with a part of kind " + path.u8(at));
            };
        if (part.equals("/")) {
          target.setLength(0);
        } else if (!target.isEmpty() && target.charAt(target.length() - 1) != '/') {
          target.append('/');
        }
        target.append(part);
        at += COMPONENT + length;
      }
      return target.toString();
    }
  }
}
