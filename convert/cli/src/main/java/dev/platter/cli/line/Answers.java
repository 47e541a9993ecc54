package dev.platter.cli.line;

import dev.platter.image.ImageInfo;
import dev.platter.image.spi.ImageFormat;
import java.lang.foreign.MemorySegment;

/**
 * What a program says of images of a format, where the two programs differ by format. The defaults
 * are platter's own answers; what qemu-img knows, and how it says it, is in {@link QemuImgAnswers}
 * alone.
 */
public interface Answers {
  /** Whether {@code check} looks at images of this format. */
  default boolean checks(ImageFormat format) {
    return true;
  }

  /** Whether {@code check -r} repairs images of this format, where they are checked at all. */
  default boolean repairs(ImageFormat format) {
    return true;
  }

  /** Whether {@code resize} knows images of this format. */
  default boolean resizes(ImageFormat format) {
    return true;
  }

  /** Whether {@code rebase} knows images of this format. */
  default boolean rebases(ImageFormat format) {
    return true;
  }

  /** How large a new disk becomes of which so many bytes are asked for. */
  default long sizeOfNew(ImageFormat format, long size) {
    return size;
  }

  /** Whether {@code measure} knows this target format. */
  default boolean measures(ImageFormat format) {
    return true;
  }

  /** Whether a new image of this format is said to take all of its size, whatever is in it. */
  default boolean measuresAsFull(ImageFormat format) {
    return false;
  }

  /** Whether images of this format may have internal snapshots, which need not be there. */
  default boolean knowsSnapshotsOf(ImageFormat format) {
    return true;
  }

  /** Whether {@code map} tells data from zeros; otherwise all is data without a place. */
  default boolean mapsBlocksOf(ImageFormat format) {
    return true;
  }

  /** Whether the holes of a file of this format show as zeros of the disk. */
  default boolean seesHolesIn(ImageFormat format) {
    return true;
  }

  /** Whether {@code map} calls the holes in a file of this format data. */
  default boolean holesAreData(ImageFormat format) {
    return false;
  }

  /** Whether it is told if the image was closed cleanly. */
  default boolean tellsDirty(ImageInfo info) {
    return true;
  }

  /**
   * The end of a message about an unknown word, which tells what may have been meant: {@code ; did
   * you mean 'WORD'?}, or nothing where no word is near.
   */
  default String suggestion(Iterable<String> words, String word) {
    return Suggestion.among(words, word);
  }

  /**
   * Why a file cannot be opened that has not the format the user says it has.
   *
   * @param file its name, for messages
   * @param head its first bytes
   */
  default String notOfFormat(ImageFormat format, String file, MemorySegment head) {
    return "Image is not in " + format.name() + " format";
  }
}
