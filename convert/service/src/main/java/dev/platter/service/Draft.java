package dev.platter.service;

import dev.platter.convert.Cancellation;
import dev.platter.guest.DistroNames;
import dev.platter.image.DiskImage;
import dev.platter.image.wrap.UnwrapLimits;
import dev.platter.service.inspect.FormatNames;
import dev.platter.service.inspect.Inspection;
import dev.platter.service.store.Store;
import dev.platter.storage.Storage;
import dev.platter.storage.StreamSource;
import dev.platter.storage.WritableStorage;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** The draft of one import; owns its content and its scratch files. */
final class Draft implements ImportDraft, Closeable {
  private final ImportJob job;
  private final ImportSettings settings;
  private final Staging staging;
  private final ImageWork work;
  private final Cancellation cancellation;
  private final Map<String, String> properties;
  private final Map<String, String> learnt = new LinkedHashMap<>();
  private final List<ChangedContent> listeners = new ArrayList<>();
  private final List<WritableStorage> scratches = new ArrayList<>();
  private final Storage uploaded;
  private Storage content;
  private Inspection inspection;
  private String containerFormat;
  private boolean sealed;
  private Function<Store, Optional<String>> targets = store -> Optional.empty();

  /**
   * @param uploaded what came; closed with the draft
   * @param inspection of it, judged
   */
  Draft(
      ImportJob job,
      ImportSettings settings,
      Staging staging,
      ImageWork work,
      Cancellation cancellation,
      Storage uploaded,
      Inspection inspection) {
    this.job = job;
    this.settings = settings;
    this.staging = staging;
    this.work = work;
    this.cancellation = cancellation;
    this.uploaded = uploaded;
    this.content = uploaded;
    this.inspection = inspection;
    this.containerFormat = job.containerFormat();
    this.properties = new LinkedHashMap<>(job.properties());
  }

  @Override
  public ImportJob job() {
    return job;
  }

  @Override
  public Storage content() {
    return content;
  }

  @Override
  public DiskImage openDisk() throws IOException {
    return work.open(content, openedAs());
  }

  /** As which format the content is opened. */
  String openedAs() {
    return FormatNames.isAppliance(containerFormat) ? FormatNames.OVA : diskFormat();
  }

  @Override
  public Map<String, String> guestProperties(DistroNames names) throws IOException {
    return work.guestProperties(content, openedAs(), "image " + job.imageId(), names);
  }

  @Override
  public Inspection inspection() {
    return inspection;
  }

  @Override
  public String diskFormat() {
    return inspection.diskFormat();
  }

  @Override
  public String containerFormat() {
    return containerFormat;
  }

  @Override
  public boolean contentChanged() {
    return content != uploaded;
  }

  @Override
  public Map<String, String> properties() {
    return Map.copyOf(properties);
  }

  @Override
  public void set(String property, String value) {
    properties.put(property, value);
    learnt.put(property, value);
  }

  @Override
  public void learn(String property, String value) {
    if (!properties.containsKey(property)) {
      set(property, value);
    }
  }

  /** Takes properties away that speak of a format in which the image is not kept. */
  void forget(Set<String> names) {
    properties.keySet().removeAll(names);
  }

  /** What plugins set since the last call. */
  Map<String, String> takeLearnt() {
    Map<String, String> taken = Map.copyOf(learnt);
    learnt.clear();
    return taken;
  }

  @Override
  public WritableStorage newScratch() throws IOException {
    WritableStorage scratch =
        new BoundedStorage(
            staging.newFile(job.imageId()),
            settings.imageSizeCap(),
            staging::requireRoom,
            cancellation);
    scratches.add(scratch);
    return scratch;
  }

  @Override
  public void replaceContent(WritableStorage scratch, String container) throws IOException {
    if (!contentChanged()) {
      willChange();
    }
    Inspection found = work.inspect(scratch);
    inspection = new Admission(settings).judge(found, job.diskFormat(), container);
    drop(content);
    content = scratch;
    containerFormat = container;
  }

  @Override
  public void replaceContent(StreamSource bytes, String container) throws IOException {
    WritableStorage scratch = newScratch();
    LocalWork.pour(bytes, scratch, cancellation);
    replaceContent(scratch, container);
  }

  @Override
  public void unwrap(UnwrapLimits limits) throws IOException {
    WritableStorage scratch = newScratch();
    work.unwrap(content, limits, scratch);
    replaceContent(scratch, containerFormat);
  }

  @Override
  public void storeAs(Function<Store, Optional<String>> target) {
    targets = target;
  }

  @Override
  public void onChangedContent(ChangedContent listener) {
    listeners.add(listener);
  }

  /**
   * Lets all stores get the image in one format, which is what the user wants.
   *
   * @throws ImportException if the deployer wants another one for one of them
   */
  void mustBecome(String format, List<Store> stores) throws ImportException {
    for (Store store : stores) {
      Optional<String> wanted = targets.apply(store).filter(other -> !other.equals(format));
      if (wanted.isPresent()) {
        throw new ImportException(
            ImportException.Reason.CONVERSION_FAILED,
            "store '%s' keeps disks as %s here, and none as %s"
                .formatted(store.id(), wanted.get(), format));
      }
    }
    targets = store -> Optional.of(format);
  }

  /** In which format a store is to get the image; empty: as it is. */
  Optional<String> targetFor(Store store) {
    return targets.apply(store).filter(format -> !format.equals(diskFormat()));
  }

  /** Tells that bytes other than those uploaded will be stored. */
  void willChange() throws IOException {
    for (ChangedContent listener : listeners) {
      listener.willChange();
    }
  }

  /**
   * Whether somebody must see changed bytes once they are finished: those of the first copy, which
   * the image's record describes.
   */
  boolean needsSeal() {
    return !sealed && !listeners.isEmpty();
  }

  /** Lets them see the bytes, and takes the properties that they have for them. */
  void seal(Storage finished) throws IOException {
    sealed = true;
    for (ChangedContent listener : listeners) {
      listener.propertiesFor(finished).forEach(this::set);
    }
  }

  /** Gives up a scratch file that is not needed any more; what was uploaded stays until the end. */
  void drop(Storage storage) throws IOException {
    if (storage instanceof WritableStorage scratch && scratches.remove(scratch)) {
      scratch.close();
    }
  }

  @Override
  public void close() throws IOException {
    try (uploaded) {
      for (WritableStorage scratch : List.copyOf(scratches)) {
        drop(scratch);
      }
    }
  }
}
