package dev.platter.image.luks;

import dev.platter.cipher.DiskCipher;
import dev.platter.cipher.Secret;
import dev.platter.image.Fault;
import dev.platter.image.IllegalOptionException;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** A header that says how a disk is encrypted, and keeps its key under passphrases. */
public sealed interface LuksHeader permits Luks1, Luks2 {
  /** How a header begins; the number of its version, of two bytes, follows. */
  String MAGIC = "LUKS\u00ba\u00be";

  /** The unit of many of the header's numbers, bytes. */
  int SECTOR = 512;

  /**
   * Reads a header.
   *
   * @param storage where it lies; stays the caller's and is read again by {@link #unlock}
   * @param start where in that, bytes
   * @param fault tells which image it is
   * @throws dev.platter.image.ImageException if it is none, or a damaged or unsupported one
   */
  static LuksHeader read(Storage storage, long start, Fault fault) throws IOException {
    int version = Words.versionAt(storage, start);
    return switch (version) {
      case 1 -> Luks1.read(storage, start, fault);
      case 2 -> Luks2.read(storage, start, fault);
      default ->
          throw version < 0
              ? fault.at(start).corrupt("Volume is not in LUKS format")
              : fault.at(start).unsupported("LUKS version " + version + " is not supported");
    };
  }

  /** The version of the header that the bytes begin with; -1: they begin with none. */
  static int versionOf(MemorySegment head) {
    return Words.versionOf(head);
  }

  /** The number of the version. */
  int version();

  /** Where the encrypted bytes begin, bytes from the header's start; 0: in another file. */
  long payloadOffset();

  /** How long they are; empty: to the end of the file. */
  OptionalLong payloadLength();

  /** The unit that is encrypted by itself, bytes. */
  int sectorSize();

  /** Where the first encrypted byte lies in what the cipher counts its sectors in, bytes. */
  long cipherOffset();

  /**
   * The disk's cipher, which one of the slots gives to this passphrase.
   *
   * @param passphrase stays the caller's
   * @return for the caller to close
   * @throws IllegalOptionException if no slot does
   */
  DiskCipher unlock(Secret passphrase) throws IOException;

  /** What qemu-img's JSON tells of it, and for other versions what is like that. */
  Map<String, Object> describe();

  /** What had to be assumed to read it: a line each. */
  List<String> remarks();

  /** No slot takes the passphrase. */
  static IllegalOptionException wrongPassphrase() {
    return new IllegalOptionException("Invalid password, cannot unlock any keyslot");
  }
}
