package dev.platter.service.plugin;

import dev.platter.service.ImportDraft;
import dev.platter.service.ImportException;
import dev.platter.service.ImportPlugin;
import dev.platter.service.inspect.FormatNames;
import dev.platter.service.store.Store;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Lets images be stored in the format that the deployer prefers. Discs stay what they are, and so
 * does what is no disk: kernels, ramdisks, and containers that are not opened here.
 *
 * @param outputFormat raw, qcow2 or vmdk
 * @param perStore other formats for some stores, by their identifiers; {@link #KEEP}: as it came
 */
public record ImageConversion(String outputFormat, Map<String, String> perStore)
    implements ImportPlugin {
  /** For a store that gets images as they were uploaded. */
  public static final String KEEP = "keep";

  private static final Set<String> TARGETS = Set.of("raw", "qcow2", "vmdk");
  private static final Set<String> NO_DISKS = Set.of("iso", "aki", "ari");

  public ImageConversion {
    Objects.requireNonNull(outputFormat);
    perStore = Map.copyOf(perStore);
    check(outputFormat);
    perStore.values().forEach(ImageConversion::check);
  }

  /** The same format for all stores. */
  public static ImageConversion to(String outputFormat) {
    return new ImageConversion(outputFormat, Map.of());
  }

  private static void check(String format) {
    if (!TARGETS.contains(format) && !format.equals(KEEP)) {
      throw new IllegalArgumentException(
          "output_format '" + format + "', expected raw, qcow2 or vmdk");
    }
  }

  @Override
  public String name() {
    return "image_conversion";
  }

  @Override
  public void run(ImportDraft draft) throws ImportException {
    draft.storeAs(store -> targetFor(draft, store));
  }

  /** Asked once all plugins have run: the image may have been unpacked meanwhile. */
  private Optional<String> targetFor(ImportDraft draft, Store store) {
    if (NO_DISKS.contains(draft.diskFormat())
        || !FormatNames.OPENED.contains(draft.containerFormat())) {
      return Optional.empty();
    }
    return Optional.of(perStore.getOrDefault(store.id(), outputFormat))
        .filter(format -> !format.equals(KEEP));
  }
}
