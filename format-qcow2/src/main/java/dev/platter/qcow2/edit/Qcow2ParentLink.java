package dev.platter.qcow2.edit;

import dev.platter.image.CorruptImageException;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.Limits;
import dev.platter.image.spi.ParentLink;
import dev.platter.image.support.Undo;
import dev.platter.qcow2.format.HeaderLayout;
import dev.platter.qcow2.format.HeaderUpdate;
import dev.platter.qcow2.format.ImageHead;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.util.Optional;

/** The backing file of an image: its name and its format, in the header. */
public final class Qcow2ParentLink implements ParentLink {
  private final WritableStorage storage;
  private final Limits limits;

  public Qcow2ParentLink(WritableStorage storage, Limits limits) {
    this.storage = storage;
    this.limits = limits;
  }

  @Override
  public void check(Optional<NewParent> parent) throws IOException {
    layout(ImageHead.read(storage, limits), parent);
  }

  @Override
  public void set(Optional<NewParent> parent) throws IOException {
    ImageHead head = ImageHead.read(storage, limits);
    HeaderUpdate update = new HeaderUpdate(storage).layout(layout(head, parent));
    Undo.ifFails(update::write, update::undo);
    update.writeNames();
  }

  private static CorruptImageException damaged(ImageHead head) {
    return head.corrupt("the image is damaged; repair it before it is changed (check -r all)");
  }

  private static HeaderLayout layout(ImageHead head, Optional<NewParent> parent)
      throws IOException {
    if (head.header().corrupt()) {
      throw damaged(head);
    }
    if (parent.isPresent() && head.header().dataFileRaw()) {
      throw new IllegalOptionException(
          "an image whose data file is to stay a raw disk can have no backing file");
    }
    return HeaderLayout.of(head)
        .backing(parent.map(p -> p.reference().name()), parent.flatMap(p -> p.reference().format()))
        .place();
  }

  @Override
  public void checkEmpty() throws IOException {
    ImageHead head = ImageHead.read(storage, limits);
    if (head.header().corrupt()) {
      throw damaged(head);
    }
  }

  @Override
  public void empty() throws IOException {
    ImageChange change = ImageChange.begin(storage, limits);
    Undo.ifFails(() -> empty(change), change::undo);
    if (change.isRebuilt()) {
      Undo.orLeak(() -> {
        change.release();
        Shortening.run(change, limits);
      });
    }
  }

  private static void empty(ImageChange change) throws IOException {
    ActiveTables tables = new ActiveTables(change);
    tables.giveUpFrom(0);
    if (!tables.isChanged()) {
      return;
    }
    long l1 = tables.takeL1();
    change.write(l1, tables.bytes());
    change.planRefcounts();
    change.commit(new HeaderUpdate(change.storage()).l1Table(l1, tables.entries()));
  }
}
