package dev.platter.dmg;

import dev.platter.image.BlockMap;
import dev.platter.image.CheckReport;
import dev.platter.image.DiskImage;
import dev.platter.image.ImageInfo;
import dev.platter.image.Limits;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** An open image; all of its tables are read with it. */
final class DmgImage implements DiskImage {
  private final Trailer trailer;
  private final Storage storage;
  private final List<Part> parts;
  private final BlockMap map;

  DmgImage(Storage storage, Limits limits) throws IOException {
    this.storage = storage;
    trailer = Trailer.read(storage, limits);
    List<Resource> resources = resources();
    if (resources.isEmpty()) {
      throw Trailer.corrupt(storage.name(), "it has no resources 'blkx', and so no disk");
    }
    parts = new ArrayList<>();
    List<Chunk> chunks = new ArrayList<>();
    for (Resource resource : resources) {
      Part part = ChunkTable.read(storage.name(), trailer, resource);
      parts.add(part);
      chunks.addAll(part.chunks());
    }
    map = new DmgMap(storage, trailer.sectors() * Trailer.SECTOR, chunks);
  }

  private List<Resource> resources() throws IOException {
    boolean isList = trailer.listLength() != 0;
    byte[] bytes = new byte[(int) (isList ? trailer.listLength() : trailer.forkLength())];
    storage.readFully(
        isList ? trailer.listOffset() : trailer.forkOffset(), MemorySegment.ofArray(bytes));
    return isList ? PropertyList.read(storage, bytes) : ResourceFork.read(storage.name(), bytes);
  }

  @Override
  public ImageInfo info() {
    List<String> names = parts.stream().map(Part::name).filter(name -> !name.isEmpty()).toList();
    return new ImageInfo(
        DmgFormat.NAME,
        map.size(),
        OptionalInt.empty(),
        false,
        false,
        false,
        List.of(),
        Map.of(),
        names.isEmpty() ? Map.of() : Map.of("parts", names));
  }

  @Override
  public BlockMap map() {
    return map;
  }

  /** Reads everything: what can go wrong with an image that opens is in its data. */
  @Override
  public Optional<CheckReport> check() throws IOException {
    return Optional.of(new DmgCheck(storage, trailer, parts, map).run());
  }

  @Override
  public void close() {}
}
