package dev.platter.ova;

import static dev.platter.ova.Faults.corrupt;

import dev.platter.archive.TarHeader;
import dev.platter.archive.TarMember;
import dev.platter.archive.TarReader;
import dev.platter.image.Sizes;
import dev.platter.storage.Storage;
import dev.platter.storage.SystemException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The files in a tar archive, by name, where they lie; nothing is unpacked. Names are only names
 * here: no file system sees them.
 */
final class Tar implements Members {
  private final Storage storage;
  private final Map<String, JoinedStorage.Part> files;

  private Tar(Storage storage, Map<String, JoinedStorage.Part> files) {
    this.storage = storage;
    this.files = files;
  }

  static Tar read(Storage storage) throws IOException {
    Map<String, JoinedStorage.Part> files = new LinkedHashMap<>();
    TarReader reader =
        new TarReader(
            (offset, target) -> (int) storage.read(offset, MemorySegment.ofArray(target)));
    long end = storage.size();
    for (Optional<TarMember> next = next(storage, reader);
        next.isPresent();
        next = next(storage, reader)) {
      TarMember member = next.get();
      if (member.stored() > end - member.offset()) {
        throw corrupt(
            storage.name(),
            "the tar member '%s' at 0x%x has %d bytes, the file only %d more"
                .formatted(member.name(), member.offset(), member.stored(), end - member.offset()));
      }
      String name = plain(member.name());
      if (!member.isFile()) {
        continue;
      }
      if (member.isSparse()) {
        throw Faults.unsupported(storage.name(), "the tar member '" + name + "' is sparse");
      }
      if (files.put(name, new JoinedStorage.Part(storage, member.offset(), member.stored()))
          != null) {
        throw corrupt(storage.name(), "the tar has two members '" + name + "'");
      }
    }
    return new Tar(storage, files);
  }

  private static Optional<TarMember> next(Storage storage, TarReader reader) throws IOException {
    try {
      return reader.next();
    } catch (SystemException e) {
      throw e;
    } catch (IOException | ArithmeticException e) {
      throw corrupt(storage.name(), e.getMessage());
    }
  }

  /**
   * Whether a file is a tar with an envelope in it. Where that is not its first file, all headers
   * are looked at; a storage that does not have them says no.
   *
   * @param head the beginning of the file
   */
  static boolean looksLikeOne(Storage storage, MemorySegment head) {
    byte[] block = head.asSlice(0, TarHeader.BLOCK).toArray(ValueLayout.JAVA_BYTE);
    if (TarHeader.parse(block).isEmpty()) {
      return false;
    }
    if (beginsWithEnvelope(head)) {
      return true;
    }
    try {
      return read(storage).names().stream().anyMatch(Members::isEnvelope);
    } catch (IOException e) {
      return false; // damaged, or passing by: no appliance that could be read
    }
  }

  private static boolean beginsWithEnvelope(MemorySegment head) {
    byte[] block = new byte[TarHeader.BLOCK];
    for (long at = 0; at + TarHeader.BLOCK <= head.byteSize(); ) {
      MemorySegment.copy(head, at, MemorySegment.ofArray(block), 0, TarHeader.BLOCK);
      Optional<TarHeader> header = TarHeader.parse(block);
      if (header.isEmpty()) {
        return false;
      }
      if (header.get().isFile()) {
        return Members.isEnvelope(header.get().name());
      }
      if (header.get().size() > head.byteSize()) {
        return false;
      }
      at += TarHeader.BLOCK + Sizes.roundUp(header.get().size(), TarHeader.BLOCK);
    }
    return false;
  }

  @Override
  public List<String> names() {
    return new ArrayList<>(files.keySet());
  }

  @Override
  public Optional<Storage> find(String name) {
    JoinedStorage.Part part = files.get(plain(name));
    return part == null
        ? Optional.empty()
        : Optional.of(new JoinedStorage(storage.name() + ":" + name, List.of(part)));
  }

  /** {@code tar cf app.ova ./*} puts a dot and a slash before all names. */
  static String plain(String name) {
    String plain = name;
    while (plain.startsWith("./")) {
      plain = plain.substring(2);
    }
    return plain;
  }
}
