package dev.platter.vdi;

import dev.platter.image.DiskImage;
import dev.platter.image.Fault;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.spi.ParentLink;
import dev.platter.image.support.Undo;
import java.io.IOException;
import java.util.Optional;

/**
 * The image below a VDI: its UUID and that of its last modification, in the header's one sector. A
 * VDI has no room for a name, so its parent is looked for beside it.
 */
final class VdiParentLink implements ParentLink {
  private final VdiEditor editor;

  VdiParentLink(VdiEditor editor) {
    this.editor = editor;
  }

  @Override
  public boolean storesName() {
    return false;
  }

  @Override
  public void check(Optional<NewParent> parent) throws IOException {
    header(parent);
  }

  @Override
  public void set(Optional<NewParent> parent) throws IOException {
    VdiHeader before = editor.head().header();
    VdiHeader after = header(parent);
    Undo.ifFails(() -> editor.write(after), () -> editor.write(before));
  }

  @Override
  public void renew(DiskImage parent) throws IOException {
    VdiHeader before = editor.head().header();
    VdiHeader.Ids ids = before.ids();
    if (parent instanceof VdiImage below && !ids.parentModification().equals(VdiHeader.Ids.NONE)) {
      VdiHeader after =
          before.withParent(
              before.imageType(), ids.parent(), below.head().header().ids().modification());
      Undo.ifFails(() -> editor.write(after), () -> editor.write(before));
    }
  }

  private VdiHeader header(Optional<NewParent> parent) throws IOException {
    VdiHeader header = editor.head().header();
    if (parent.isEmpty()) {
      int type = header.imageType() == VdiHeader.STATIC ? VdiHeader.STATIC : VdiHeader.DYNAMIC;
      return header.withParent(type, VdiHeader.Ids.NONE, VdiHeader.Ids.NONE);
    }
    requirePlaces();
    if (parent.get().image().isEmpty()) {
      throw new IllegalOptionException(
          "A differencing VDI records its parent's UUID, so the parent must be readable");
    }
    if (!(parent.get().image().get() instanceof VdiImage below)) {
      throw new IllegalOptionException("The parent of a differencing VDI must be a VDI itself");
    }
    VdiHeader.Ids ids = below.head().header().ids();
    if (ids.image().equals(VdiHeader.Ids.NONE) || ids.image().equals(header.ids().image())) {
      throw new IllegalOptionException(
          "The parent of a differencing VDI must have a UUID, and another one than the image");
    }
    return header.withParent(VdiHeader.DIFFERENCING, ids.image(), ids.modification());
  }

  /** A static image has all of its blocks, and nothing shows through. */
  private void requirePlaces() throws IOException {
    if (editor.head().header().imageType() == VdiHeader.STATIC) {
      throw Fault.in("vdi", editor.head().name())
          .unsupported("a static image stores all its bytes and has no use for a parent");
    }
  }

  @Override
  public void checkEmpty() throws IOException {
    requirePlaces();
    if (!editor.head().hasParent()) {
      throw Fault.in("vdi", editor.head().name()).unsupported("an image without a parent");
    }
  }

  @Override
  public void empty() throws IOException {
    checkEmpty();
    editor.freeAll();
  }
}
