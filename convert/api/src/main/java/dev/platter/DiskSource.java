package dev.platter;

import dev.platter.cipher.Secret;
import dev.platter.image.CheckReport;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.Repair;
import dev.platter.image.RepairReport;
import dev.platter.image.Secrets;
import dev.platter.image.Snapshot;
import dev.platter.image.chain.ImageChain;
import dev.platter.image.disk.LayeredMap;
import dev.platter.image.name.ImageName;
import dev.platter.image.spi.FileUse;
import dev.platter.image.spi.ReferencePolicy;
import dev.platter.image.wrap.UnwrapLimits;
import dev.platter.storage.Location;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What is known of an image that is to be opened, converted or changed. Immutable: each method that
 * says more of it answers another.
 */
public final class DiskSource {
  private final ImageName name;
  private final Terms terms;

  /**
   * What is said of it beside its name.
   *
   * @param format its name; null: the name of the image says it, or the content
   * @param parents whether images below it are opened
   * @param snapshot null: the disk as it is now
   * @param member which disk of a container; null: the only one
   * @param secrets what opens it where it is encrypted
   */
  record Terms(
      String format,
      ReferencePolicy references,
      boolean parents,
      String snapshot,
      String member,
      UnwrapLimits unwrapLimits,
      Secrets secrets) {
    static final Terms USUAL =
        new Terms(
            null, ReferencePolicy.deny(), true, null, null, UnwrapLimits.DEFAULT, Secrets.NONE);

    /** Those of an image that the name says to lie below. */
    Terms below() {
      return new Terms(null, references, true, null, null, unwrapLimits, secrets);
    }
  }

  DiskSource(ImageName name, Terms terms) {
    this.name = name;
    this.terms = terms;
  }

  DiskSource(ImageName name) {
    this(name, Terms.USUAL);
  }

  /** The image has this format, whatever its content looks like. */
  public DiskSource format(String formatName) {
    return with(
        new Terms(
            formatName,
            terms.references,
            terms.parents,
            terms.snapshot,
            terms.member,
            terms.unwrapLimits,
            terms.secrets));
  }

  /** Which other files (images below it, data files, extents) may be opened. The default: none. */
  public DiskSource references(ReferencePolicy policy) {
    return with(
        new Terms(
            terms.format,
            policy,
            terms.parents,
            terms.snapshot,
            terms.member,
            terms.unwrapLimits,
            terms.secrets));
  }

  /** The image without those below it: what it does not hold itself reads as zeros. */
  public DiskSource alone() {
    return with(
        new Terms(
            terms.format,
            terms.references,
            false,
            terms.snapshot,
            terms.member,
            terms.unwrapLimits,
            terms.secrets));
  }

  /**
   * The disk as it was at an internal snapshot, by its identifier or, if none has that, its name.
   */
  public DiskSource snapshot(String idOrName) {
    return with(
        new Terms(
            terms.format,
            terms.references,
            terms.parents,
            idOrName,
            terms.member,
            terms.unwrapLimits,
            terms.secrets));
  }

  /** Which disk of a container such as an OVA is meant, by name or by number from 1 on. */
  public DiskSource member(String nameOrNumber) {
    return with(
        new Terms(
            terms.format,
            terms.references,
            terms.parents,
            terms.snapshot,
            nameOrNumber,
            terms.unwrapLimits,
            terms.secrets));
  }

  /** How much a compressed file may unwrap to. */
  public DiskSource unwrapLimits(UnwrapLimits limits) {
    return with(
        new Terms(
            terms.format,
            terms.references,
            terms.parents,
            terms.snapshot,
            terms.member,
            limits,
            terms.secrets));
  }

  /**
   * What opens the image, and those below it, where they are encrypted.
   *
   * @param source is asked each time that one is wanted; the secret is closed then
   */
  public DiskSource passphrase(Supplier<Secret> source) {
    return with(
        new Terms(
            terms.format,
            terms.references,
            terms.parents,
            terms.snapshot,
            terms.member,
            terms.unwrapLimits,
            new OnePassphrase(source)));
  }

  boolean hasPassphrase() {
    return terms.secrets instanceof OnePassphrase;
  }

  private DiskSource with(Terms others) {
    return new DiskSource(name, others);
  }

  /** Where it lies. */
  public Location location() {
    return name.location();
  }

  /**
   * Opens it to read it. Others may write to a plain disk meanwhile, as with {@code qemu-img}.
   *
   * @throws dev.platter.image.ImageException if it is damaged, of no known format, or names files
   *     that must not be opened
   */
  public Disk open() throws IOException {
    return open(FileUse.READ);
  }

  /** Opens it to read it. */
  Disk open(FileUse use) throws IOException {
    Opening opening = new Opening(name, terms, use);
    ImageChain chain = opening.chain();
    try {
      LayeredMap map = map(chain);
      Optional<Disk> below = opening.below();
      return below.isEmpty() ? new Disk(chain, map) : Disk.over(below.get(), chain, map);
    } catch (Throwable e) {
      chain.close();
      throw e;
    }
  }

  private LayeredMap map(ImageChain chain) throws IOException {
    if (terms.snapshot == null) {
      return chain.map();
    }
    List<Snapshot> all = chain.top().image().info().snapshots();
    for (Snapshot each : all) {
      if (each.id().equals(terms.snapshot)) {
        return chain.map(each);
      }
    }
    for (Snapshot each : all) {
      if (each.name().equals(terms.snapshot)) {
        return chain.map(each);
      }
    }
    throw new IllegalOptionException(
        location() + ": there is no snapshot '" + terms.snapshot + "'");
  }

  /**
   * Opens it to read and to write it in place; nobody else may use it meanwhile.
   *
   * @throws IllegalOptionException if more has to be said of it first: whoever writes to a disk can
   *     make it look like an image, and so a raw disk is only taken for one where {@link #format}
   *     says it; and an image over another cannot be written to {@link #alone}
   * @throws dev.platter.image.UnsupportedFeatureException if its format cannot be written in place
   * @throws dev.platter.storage.LockedException if somebody uses it
   */
  public WritableDisk openWritable() throws IOException {
    return WritableDisk.open(new Opening(name, terms, FileUse.CHANGE));
  }

  /** Tells what it is, without a question to any file but those that {@link #references} allows. */
  public Inspection inspect() throws IOException {
    return Inspection.of(this, new Opening(name, terms, FileUse.READ));
  }

  /**
   * Looks for damage in its metadata, without the images below it, and changes nothing.
   *
   * @return empty where the format has no check
   */
  public Optional<CheckReport> check() throws IOException {
    try (ImageChain chain = new Opening(name, terms, FileUse.READ).alone().chain()) {
      return chain.top().image().check();
    }
  }

  /** Checks it and puts right what it can; what is sound stays as it is. */
  public RepairReport repair(Repair extent) throws IOException {
    try (Editing editing = Editing.open(new Opening(name, terms, FileUse.CHANGE).alone())) {
      return editing.editor().repair(extent);
    }
  }

  /**
   * Gives back the space of blocks that hold only zeros or belong to nothing. The disk stays what
   * it is.
   *
   * @return bytes that the image takes less than before
   */
  public long compact() throws IOException {
    try (Editing editing = Editing.open(new Opening(name, terms, FileUse.CHANGE).alone())) {
      return editing.editor().compact();
    }
  }

  /**
   * Makes the disk larger; what is new reads as zeros.
   *
   * @param bytes how large
   * @throws IllegalOptionException if it is larger already, or cannot be so large
   */
  public void grow(long bytes) throws IOException {
    resize(bytes, true);
  }

  /**
   * Makes the disk smaller: what lies beyond the new end is lost. Space that the medium does not
   * let the image give back is no error; a check tells of it as leaked.
   *
   * @param bytes how small
   * @throws IllegalOptionException if it is smaller already
   */
  public void shrink(long bytes) throws IOException {
    resize(bytes, false);
  }

  private void resize(long bytes, boolean larger) throws IOException {
    try (Editing editing = Editing.open(new Opening(name, terms, FileUse.CHANGE))) {
      editing.resize(bytes, larger);
    }
  }
}
