package dev.platter.service;

import dev.platter.convert.Cancellation;
import dev.platter.image.DiskImage;
import dev.platter.image.Fault;
import dev.platter.image.Limits;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.spi.OpenRequest;
import dev.platter.service.inspect.FormatNames;
import dev.platter.service.inspect.ImageInspector;
import dev.platter.service.inspect.Inspection;
import dev.platter.service.store.Store;
import dev.platter.storage.Storage;
import dev.platter.storage.StreamSource;
import dev.platter.storage.WritableStorage;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** The draft of one import; owns its content and its scratch files. */
final class Draft implements ImportDraft, Closeable {
  private static final int MAX_DESCRIPTION = 1 << 20;

  private final ImportJob job;
  private final ImportSettings settings;
  private final Staging staging;
  private final ImageFormats formats;
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
      ImageFormats formats,
      Cancellation cancellation,
      Storage uploaded,
      Inspection inspection) {
    this.job = job;
    this.settings = settings;
    this.staging = staging;
    this.formats = formats;
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
    String name = FormatNames.isAppliance(containerFormat) ? FormatNames.OVA : diskFormat();
    ImageFormat format =
        FormatNames.find(formats, name)
            .orElseThrow(
                () -> Fault.UNPLACED.unsupported("the format '" + name + "' cannot be read here"));
    Limits limits =
        new Limits(settings.virtualSizeCap(), Limits.DEFAULT.maxTableBytes(), 1, MAX_DESCRIPTION);
    return format.open(content, new OpenRequest(limits, OpenRequest.strict().outside()));
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
    Inspection found = ImageInspector.inspect(scratch, formats);
    inspection = new Admission(settings).judge(found, job.diskFormat(), container);
    drop(content);
    content = scratch;
    containerFormat = container;
  }

  @Override
  public void replaceContent(StreamSource bytes, String container) throws IOException {
    WritableStorage scratch = newScratch();
    MeteredChannel metered =
        new MeteredChannel(
            Channels.newChannel(bytes.asInputStream()),
            Long.MAX_VALUE,
            Pace.ANY,
            MeteredChannel.Watch.none(),
            cancellation);
    StorageCopy.pour(new StreamSource(bytes.name(), metered), scratch);
    replaceContent(scratch, container);
  }

  @Override
  public void storeAs(Function<Store, Optional<String>> target) {
    targets = target;
  }

  @Override
  public void onChangedContent(ChangedContent listener) {
    listeners.add(listener);
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
