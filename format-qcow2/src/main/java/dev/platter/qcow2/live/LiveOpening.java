package dev.platter.qcow2.live;

import dev.platter.image.DiskEncryption;
import dev.platter.image.Repair;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.LiveImage;
import dev.platter.qcow2.check.Qcow2Repair;
import dev.platter.qcow2.format.Encryption;
import dev.platter.qcow2.format.ImageHead;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.util.Optional;

/** Opens images to be used. */
public final class LiveOpening {
  private LiveOpening() {}

  /** Repairs one that was not closed, as far as the disk does not change by that. */
  public static LiveImage open(WritableStorage storage, EditRequest request) throws IOException {
    ImageHead head = ImageHead.read(storage, request.limits());
    if (head.header().dirty() && !head.header().corrupt()) {
      Qcow2Repair.run(storage, request.limits(), Repair.ALL);
      head = ImageHead.read(storage, request.limits());
    }
    if (head.header().dirty() || head.header().corrupt()) {
      throw head.corrupt("the image is damaged; it is to be repaired first (check -r all)");
    }
    Optional<DiskEncryption> encryption = Encryption.open(storage, head, request.options());
    try {
      if (!head.header().hasDataFile()) {
        return new LiveQcow2(storage, storage, head, encryption);
      }
      WritableStorage dataFile = request.outside().open(head.dataFile());
      try {
        return new LiveQcow2(storage, dataFile, head, encryption);
      } catch (Throwable e) {
        dataFile.close();
        throw e;
      }
    } catch (Throwable e) {
      encryption.ifPresent(held -> held.cipher().close());
      throw e;
    }
  }
}
