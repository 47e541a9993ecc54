package dev.platter.raw;

import dev.platter.image.BlockMap;
import dev.platter.image.DiskImage;
import dev.platter.image.ImageInfo;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * A disc: a raw disk with something to tell. Whatever its descriptors say wrong, its bytes are
 * there.
 */
final class IsoImage implements DiskImage {
  private final Storage storage;
  private final RawImage raw;

  IsoImage(Storage storage) throws IOException {
    this.storage = storage;
    this.raw = new RawImage(storage);
  }

  @Override
  public ImageInfo info() throws IOException {
    return new ImageInfo(
        "iso", raw.size(), OptionalInt.empty(), false, false, false, List.of(), Map.of(), more());
  }

  private Map<String, Object> more() throws IOException {
    Map<String, Object> more = new LinkedHashMap<>();
    VolumeDescriptors descriptors = VolumeDescriptors.read(storage);
    descriptors.tell(more);
    UdfVolume udf = descriptors.hasUdf() ? UdfVolume.read(storage) : UdfVolume.UNKNOWN;
    if (!udf.name().isEmpty()) {
      more.putIfAbsent("volume-id", udf.name());
    }
    long declared = Math.max(descriptors.declaredSize(), udf.declaredSize());
    if (declared > 0) {
      more.put("declared-size", declared);
      more.put("file-size", storage.size());
      if (declared > storage.size()) {
        more.put("truncated", true);
        more.put("missing-bytes", declared - storage.size());
      }
    }
    List<Object> boot = BootCatalog.read(storage, descriptors.bootCatalog());
    if (!boot.isEmpty()) {
      more.put("boot-entries", boot);
    }
    List<Object> tables = HybridTables.of(storage);
    if (!tables.isEmpty()) {
      more.put("isohybrid", tables);
    }
    return more;
  }

  @Override
  public BlockMap map() {
    return raw.map();
  }

  @Override
  public void close() {}
}
