package dev.platter.dmg;

import dev.platter.image.BlockMap;
import dev.platter.image.DiskImage;
import dev.platter.image.ImageInfo;
import dev.platter.image.Limits;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** An open image; all of its tables are read with it. */
final class DmgImage implements DiskImage {
  private final Trailer trailer;
  private final List<String> parts;
  private final BlockMap map;

  DmgImage(Storage storage, Limits limits) throws IOException {
    trailer = Trailer.read(storage, limits);
    List<Resource> resources = resources(storage);
    if (resources.isEmpty()) {
      throw Trailer.corrupt(storage.name(), "it has no resources 'blkx', and so no disk");
    }
    List<Chunk> chunks = new ArrayList<>();
    for (Resource resource : resources) {
      chunks.addAll(ChunkTable.read(storage.name(), trailer, resource));
    }
    parts = resources.stream().map(Resource::name).filter(name -> !name.isEmpty()).toList();
    map = new DmgMap(storage, trailer.sectors() * Trailer.SECTOR, chunks);
  }

  private List<Resource> resources(Storage storage) throws IOException {
    boolean isList = trailer.listLength() != 0;
    byte[] bytes = new byte[(int) (isList ? trailer.listLength() : trailer.forkLength())];
    storage.readFully(
        isList ? trailer.listOffset() : trailer.forkOffset(), MemorySegment.ofArray(bytes));
    return isList ? PropertyList.read(storage, bytes) : ResourceFork.read(storage.name(), bytes);
  }

  @Override
  public ImageInfo info() {
    return new ImageInfo(
        DmgFormat.NAME,
        map.size(),
        OptionalInt.empty(),
        false,
        false,
        false,
        List.of(),
        Map.of(),
        parts.isEmpty() ? Map.of() : Map.of("parts", parts));
  }

  @Override
  public BlockMap map() {
    return map;
  }

  @Override
  public void close() {}
}
