package dev.platter.vdi;

import dev.platter.image.Identity;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.Sizes;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.support.NewBlockTable;
import dev.platter.storage.WritableStorage;
import java.util.UUID;

/**
 * What a new image will be.
 *
 * @param storage where it goes
 * @param header as it will be written, but for the number of blocks allocated
 */
record NewDisk(WritableStorage storage, VdiHeader header) {
  private static final int TABLE_OFFSET = VdiHeader.LENGTH;
  private static final int DATA_ALIGNMENT = 4096;

  static NewDisk of(CreateRequest request, VdiOptions options) throws IllegalOptionException {
    if (request.compress()) {
      throw IllegalOptionException.noCompression();
    }
    if (request.target().sequential()) {
      throw new IllegalOptionException(
          "A VDI has its block map in front of its data and cannot go to a pipe");
    }
    if (options.isStatic() && request.backing().isPresent()) {
      throw new IllegalOptionException("A static VDI cannot have a backing file");
    }
    long blocks = Math.ceilDiv(request.size(), options.blockSize());
    if (blocks > VdiHead.MAX_BLOCKS) {
      throw new IllegalOptionException(
          "Unsupported VDI image size (size is 0x"
              + Long.toHexString(request.size())
              + ", max supported is 0x"
              + Long.toHexString(VdiHead.MAX_BLOCKS * options.blockSize())
              + ")");
    }
    long data = Sizes.roundUp(TABLE_OFFSET + blocks * Integer.BYTES, DATA_ALIGNMENT);
    int type =
        options.isStatic()
            ? VdiHeader.STATIC
            : request.backing().isPresent() ? VdiHeader.DIFFERENCING : VdiHeader.DYNAMIC;
    return new NewDisk(
        request.target().storage(),
        VdiHeader.of(
            type,
            TABLE_OFFSET,
            data,
            Sizes.roundUp(request.size(), VdiFormat.SECTOR_SIZE),
            options.blockSize(),
            blocks,
            ids(request, options)));
  }

  private static VdiHeader.Ids ids(CreateRequest request, VdiOptions options)
      throws IllegalOptionException {
    Identity identity = request.identity();
    UUID parent = VdiHeader.Ids.NONE;
    UUID parentModification = VdiHeader.Ids.NONE;
    if (request.backing().isPresent()) {
      if (request.parent().isEmpty()) {
        throw new IllegalOptionException(
            "A differencing VDI records its parent's UUID, so the parent must be readable");
      }
      if (!(request.parent().get() instanceof VdiImage image)) {
        throw new IllegalOptionException("The parent of a differencing VDI must be a VDI itself");
      }
      parent = image.head().header().ids().image();
      parentModification = image.head().header().ids().modification();
      if (parent.equals(VdiHeader.Ids.NONE)) {
        throw new IllegalOptionException("The parent of a differencing VDI must have a UUID");
      }
    }
    UUID id = options.id().isPresent() ? options.id().get() : identity.uuid("vdi disk");
    return new VdiHeader.Ids(id, identity.uuid("vdi modification"), parent, parentModification);
  }

  int blockSize() {
    return (int) header.blockSize();
  }

  /** Its block map, in which all blocks are free at first. */
  NewBlockTable newTable() {
    return new NewBlockTable(storage, header.tableOffset(), header.blocks(), (byte) 0xFF);
  }
}
