package dev.platter;

import dev.platter.image.BlockMap;
import dev.platter.image.Preallocation;
import dev.platter.image.chain.ImageChain;
import dev.platter.image.disk.LayeredMap;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.ResizeRequest;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** An image that is changed in place, and its editor. */
final class Editing implements Closeable {
  private final Opening opening;
  private final ImageChain chain;
  private final ImageEditor editor;

  private Editing(Opening opening, ImageChain chain, ImageEditor editor) {
    this.opening = opening;
    this.chain = chain;
    this.editor = editor;
  }

  static Editing open(Opening opening) throws IOException {
    ImageChain chain = opening.chain();
    try {
      return new Editing(opening, chain, chain.edit(opening.request()));
    } catch (Throwable e) {
      chain.close();
      throw e;
    }
  }

  ImageEditor editor() {
    return editor;
  }

  /**
   * @param larger whether that is what the caller wants
   */
  void resize(long bytes, boolean larger) throws IOException {
    long present = editor.info().virtualSize();
    if (larger ? bytes < present : bytes > present || bytes <= 0) {
      throw opening.refused(
          "its disk has "
              + present
              + " bytes, "
              + bytes
              + " are not "
              + (larger ? "more" : "less"));
    }
    if (opening.lacksParent(chain)) {
      throw opening.refused("it lies over another image, without which it cannot be resized");
    }
    List<BlockMap> layers = chain.map().layers();
    Optional<BlockMap> parent =
        layers.size() > 1
            ? Optional.of(new LayeredMap(layers.subList(1, layers.size())))
            : Optional.empty();
    editor.resize(new ResizeRequest(bytes, Preallocation.OFF, parent));
  }

  @Override
  public void close() throws IOException {
    try (chain;
        editor) {
      // The editor first.
    }
  }
}
