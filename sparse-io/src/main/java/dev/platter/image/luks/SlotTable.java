package dev.platter.image.luks;

import dev.platter.cipher.Secret;
import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import java.io.IOException;
import java.util.List;

/**
 * The key slots of one header, to be filled and erased. Each change counts with the header: what a
 * slot holds is written before that says that it is there, and overwritten once it does not say so
 * any more.
 */
interface SlotTable {
  /** How many there can be. */
  int most();

  /** The numbers of those in use. */
  List<Integer> active() throws IOException;

  /**
   * The disk's key, for the caller to close.
   *
   * @throws IllegalOptionException if no slot takes the passphrase
   */
  Secret key(Secret passphrase) throws IOException;

  /** Whether a slot in use takes a passphrase. */
  boolean takes(int number, Secret passphrase, Work work) throws IOException;

  /**
   * Puts the disk's key under a passphrase.
   *
   * @param options say how slowly, after the prefix
   */
  void fill(int number, Secret key, Secret passphrase, FormatOptions options, String prefix)
      throws IOException;

  /** Erases slots, whether they are in use or not. */
  void erase(List<Integer> numbers) throws IOException;
}
