package dev.platter.luks;

import dev.platter.image.ImageInfo;
import dev.platter.image.disk.GuestDisk;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.ResizeRequest;
import dev.platter.storage.WritableStorage;
import dev.platter.testdata.UnlockedFormat;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** The format with a secret that opens all of its images. */
final class UnlockedLuks extends UnlockedFormat {
  UnlockedLuks(String phrase) {
    super(
        new LuksFormat(),
        options -> options.with(LuksFormat.KEY_SECRET, "s").with(Passphrases.of(phrase)));
  }

  /** What a larger disk has more holds anything; models of disks want zeros there. */
  @Override
  public ImageEditor edit(WritableStorage storage, EditRequest request) throws IOException {
    ImageEditor editor = super.edit(storage, request);
    return new ImageEditor() {
      @Override
      public ImageInfo info() throws IOException {
        return editor.info();
      }

      @Override
      public Optional<IOException> resize(ResizeRequest wish) throws IOException {
        long before = info().virtualSize();
        Optional<IOException> left = editor.resize(wish);
        long after = info().virtualSize();
        if (after > before) {
          try (GuestDisk disk = new GuestDisk(openLive(storage, request), List.of())) {
            disk.zero(before, after - before, GuestDisk.Space.KEEP);
          }
        }
        return left;
      }

      @Override
      public void close() throws IOException {
        editor.close();
      }
    };
  }
}
