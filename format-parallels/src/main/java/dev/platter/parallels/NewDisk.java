package dev.platter.parallels;

import dev.platter.image.IllegalOptionException;
import dev.platter.image.Limits;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.support.NewBlockTable;
import dev.platter.storage.WritableStorage;

/**
 * What a new image will be.
 *
 * @param storage where it goes
 * @param header as it will be written
 */
record NewDisk(WritableStorage storage, ParallelsHeader header) {
  private static final int HEADS = 16;
  private static final long MOST_OLD_SECTORS = 0xFFFF_FFFFL;

  static NewDisk of(CreateRequest request, ParallelsOptions options) throws IllegalOptionException {
    if (request.compress()) {
      throw IllegalOptionException.noCompression();
    }
    if (request.backing().isPresent()) {
      throw new IllegalOptionException("Backing file not supported for file format 'parallels'");
    }
    if (request.target().sequential()) {
      throw new IllegalOptionException(
          "A Parallels image has its BAT in front of its data and cannot go to a pipe");
    }
    long clusterSectors = options.clusterSize() / ParallelsHeader.SECTOR_SIZE;
    long diskSectors = Math.ceilDiv(request.size(), ParallelsHeader.SECTOR_SIZE);
    long entries = Math.ceilDiv(diskSectors, clusterSectors);
    long batEnd = ParallelsHeader.LENGTH + entries * Integer.BYTES;
    long dataSectors = Math.ceilDiv(batEnd, options.clusterSize()) * clusterSectors;
    boolean old = options.magic() == ParallelsHeader.Magic.OLD;
    if (entries > Limits.DEFAULT.maxTableBytes() / Integer.BYTES
        || (old && dataSectors + entries * clusterSectors > MOST_OLD_SECTORS)) {
      throw new IllegalOptionException("Image size is too large for this cluster size");
    }
    return new NewDisk(
        request.target().storage(),
        new ParallelsHeader(
            options.magic(),
            ParallelsHeader.VERSION,
            HEADS,
            ParallelsHeader.cylindersOf(diskSectors),
            clusterSectors,
            entries,
            diskSectors,
            ParallelsHeader.CLOSED_WITHOUT_EXTENSION,
            dataSectors,
            0,
            0));
  }

  long dataOffset() {
    return header.dataSectors() * ParallelsHeader.SECTOR_SIZE;
  }

  /** Its BAT, in which all clusters are free at first. */
  NewBlockTable newTable() {
    return new NewBlockTable(
        storage, ParallelsHeader.LENGTH, header.batEntries(), (byte) BatTable.FREE);
  }
}
