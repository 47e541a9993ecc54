package dev.platter.service;

import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What a deployer decides for all imports.
 *
 * @param diskFormats the formats that are accepted, as they are uploaded
 * @param containerFormats the containers that are accepted
 * @param vmdkTypes the kinds of VMDK that are accepted, as the descriptor's createType says them
 * @param toleratedDangers checks ({@link dev.platter.image.Danger#check}) whose failure is no
 *     reason to refuse an image: {@code mbr}, {@code luks}, ...
 * @param requireFormatMatch whether the content must be what the user said
 * @param imageSizeCap how many bytes an image may have, uploaded, unpacked or stored
 * @param virtualSizeCap how large a guest disk may be, bytes
 * @param concurrentImports how many imports are under way at once; further ones wait
 * @param conversionWorkers threads of one conversion
 * @param parallelStores into how many stores one import copies at once
 * @param hashAlgorithm of the digest in the record beside MD5
 * @param pace how fast uploads and downloads must come
 * @param isolation the process that looks into images and converts them; empty: this one does
 */
public record ImportSettings(
    Set<String> diskFormats,
    Set<String> containerFormats,
    Set<String> vmdkTypes,
    Set<String> toleratedDangers,
    boolean requireFormatMatch,
    long imageSizeCap,
    long virtualSizeCap,
    int concurrentImports,
    int conversionWorkers,
    int parallelStores,
    HashAlgorithm hashAlgorithm,
    Pace pace,
    Optional<Isolation> isolation) {
  /** The Image API's formats, Glance's limits, and as many threads as there are cores. */
  public static final ImportSettings DEFAULT =
      new ImportSettings(
          Set.of("raw", "qcow2", "vmdk", "vhd", "vhdx", "vdi", "iso", "ploop", "aki", "ari", "ami"),
          Set.of("bare", "ova", "ovf", "docker", "compressed", "aki", "ari", "ami"),
          Set.of("streamOptimized", "monolithicSparse"),
          Set.of(),
          true,
          1L << 40,
          1L << 44,
          8,
          Runtime.getRuntime().availableProcessors(),
          1,
          HashAlgorithm.SHA512,
          Pace.DEFAULT,
          Optional.empty());

  public ImportSettings {
    diskFormats = Set.copyOf(diskFormats);
    containerFormats = Set.copyOf(containerFormats);
    vmdkTypes = Set.copyOf(vmdkTypes);
    toleratedDangers = Set.copyOf(toleratedDangers);
    if (imageSizeCap < 1
        || virtualSizeCap < 1
        || concurrentImports < 1
        || conversionWorkers < 1
        || parallelStores < 1) {
      throw new IllegalArgumentException("caps and counts are at least 1");
    }
  }

  public ImportSettings withDiskFormats(Set<String> value) {
    return changed(draft -> draft.diskFormats = value);
  }

  public ImportSettings withContainerFormats(Set<String> value) {
    return changed(draft -> draft.containerFormats = value);
  }

  public ImportSettings withVmdkTypes(Set<String> value) {
    return changed(draft -> draft.vmdkTypes = value);
  }

  public ImportSettings withToleratedDangers(Set<String> value) {
    return changed(draft -> draft.toleratedDangers = value);
  }

  public ImportSettings withRequireFormatMatch(boolean value) {
    return changed(draft -> draft.requireFormatMatch = value);
  }

  public ImportSettings withImageSizeCap(long value) {
    return changed(draft -> draft.imageSizeCap = value);
  }

  public ImportSettings withVirtualSizeCap(long value) {
    return changed(draft -> draft.virtualSizeCap = value);
  }

  public ImportSettings withConcurrentImports(int value) {
    return changed(draft -> draft.concurrentImports = value);
  }

  public ImportSettings withConversionWorkers(int value) {
    return changed(draft -> draft.conversionWorkers = value);
  }

  public ImportSettings withParallelStores(int value) {
    return changed(draft -> draft.parallelStores = value);
  }

  public ImportSettings withHashAlgorithm(HashAlgorithm value) {
    return changed(draft -> draft.hashAlgorithm = value);
  }

  public ImportSettings withPace(Pace value) {
    return changed(draft -> draft.pace = value);
  }

  public ImportSettings withIsolation(Isolation value) {
    return changed(draft -> draft.isolation = Optional.of(value));
  }

  private ImportSettings changed(Consumer<Draft> change) {
    Draft draft = new Draft(this);
    change.accept(draft);
    return new ImportSettings(
        draft.diskFormats,
        draft.containerFormats,
        draft.vmdkTypes,
        draft.toleratedDangers,
        draft.requireFormatMatch,
        draft.imageSizeCap,
        draft.virtualSizeCap,
        draft.concurrentImports,
        draft.conversionWorkers,
        draft.parallelStores,
        draft.hashAlgorithm,
        draft.pace,
        draft.isolation);
  }

  /** The same, while something is changed. */
  private static final class Draft {
    Set<String> diskFormats;
    Set<String> containerFormats;
    Set<String> vmdkTypes;
    Set<String> toleratedDangers;
    boolean requireFormatMatch;
    long imageSizeCap;
    long virtualSizeCap;
    int concurrentImports;
    int conversionWorkers;
    int parallelStores;
    HashAlgorithm hashAlgorithm;
    Pace pace;
    Optional<Isolation> isolation;

    Draft(ImportSettings settings) {
      diskFormats = settings.diskFormats;
      containerFormats = settings.containerFormats;
      vmdkTypes = settings.vmdkTypes;
      toleratedDangers = settings.toleratedDangers;
      requireFormatMatch = settings.requireFormatMatch;
      imageSizeCap = settings.imageSizeCap;
      virtualSizeCap = settings.virtualSizeCap;
      concurrentImports = settings.concurrentImports;
      conversionWorkers = settings.conversionWorkers;
      parallelStores = settings.parallelStores;
      hashAlgorithm = settings.hashAlgorithm;
      pace = settings.pace;
      isolation = settings.isolation;
    }
  }
}
