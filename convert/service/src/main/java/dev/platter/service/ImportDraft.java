package dev.platter.service;

import dev.platter.guest.DistroNames;
import dev.platter.image.DiskImage;
import dev.platter.image.wrap.UnwrapLimits;
import dev.platter.service.inspect.Inspection;
import dev.platter.service.store.Store;
import dev.platter.storage.Storage;
import dev.platter.storage.StreamSource;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * The image that is being imported, as plugins see it: what came, and what is to become of it. It
 * belongs to the thread that runs the plugin, for as long as it runs.
 */
public interface ImportDraft {
  /** What the user asked for. */
  ImportJob job();

  /** The bytes as they are now. They stay the draft's. */
  Storage content();

  /**
   * Opens these bytes as the disk that they are, without any outside file; the caller closes it.
   *
   * @throws dev.platter.image.ImageException if it cannot be read
   * @throws ImportException where images are looked into by another process alone ({@link
   *     Isolation})
   */
  DiskImage openDisk() throws IOException;

  /**
   * What the guest's disk in these bytes tells, as image properties; nothing where it cannot be
   * read.
   */
  Map<String, String> guestProperties(DistroNames names) throws IOException;

  /** What these bytes are. */
  Inspection inspection();

  /** The format of the content, in the Image API's words. */
  String diskFormat();

  /** The container of the content, in the Image API's words. */
  String containerFormat();

  /** Whether a plugin replaced what was uploaded. */
  boolean contentChanged();

  /** All properties of the image now: the user's, and what plugins made of them. */
  Map<String, String> properties();

  /** Sets a property, whatever it was. */
  void set(String property, String value);

  /** Sets a property that was learnt from the image, unless it has a value: people know better. */
  void learn(String property, String value);

  /**
   * An empty file that has no name and lives in the staging area; bounded as images are.
   *
   * @throws ImportException when more is written to it than an image may have
   */
  WritableStorage newScratch() throws IOException;

  /**
   * Puts other bytes in the place of the content, which are then inspected, and judged as an upload
   * is.
   *
   * @param scratch from {@link #newScratch}; the draft's from now on
   * @param containerFormat what is around them now
   */
  void replaceContent(WritableStorage scratch, String containerFormat) throws IOException;

  /**
   * Puts in the place of the content what is in the compression around it.
   *
   * @throws dev.platter.image.ImageException if it cannot be unpacked
   * @throws ImportException where that is not known, or too large
   */
  void unwrap(UnwrapLimits limits) throws IOException;

  /**
   * The same as {@link #replaceContent(WritableStorage, String)} for bytes that come in order, as
   * from a decompression; zeros become holes.
   *
   * @param bytes read to the end; closed by the caller
   * @param containerFormat what is around them
   */
  void replaceContent(StreamSource bytes, String containerFormat) throws IOException;

  /**
   * Lets the image be stored in another format. It is converted on its way into each store, after
   * the last plugin.
   *
   * @param target the format for a store, in the Image API's words; empty: as it is
   */
  void storeAs(Function<Store, Optional<String>> target);

  /**
   * Asks to be told when the bytes that are stored are not those that were uploaded, because they
   * were converted or unpacked.
   */
  void onChangedContent(ChangedContent listener);

  /** What a changed image needs so that its properties still speak of it. */
  interface ChangedContent {
    /**
     * The image will be changed; called before that.
     *
     * @throws ImportException if it must not be
     */
    void willChange() throws IOException;

    /**
     * The properties for the bytes that are stored.
     *
     * @param content all of them, finished
     */
    Map<String, String> propertiesFor(Storage content) throws IOException;
  }
}
