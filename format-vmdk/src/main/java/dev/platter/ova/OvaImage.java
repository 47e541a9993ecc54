package dev.platter.ova;

import static dev.platter.ova.Faults.corrupt;
import static dev.platter.ova.Faults.unsupported;

import dev.platter.image.BlockMap;
import dev.platter.image.CheckReport;
import dev.platter.image.Danger;
import dev.platter.image.DiskImage;
import dev.platter.image.Extent;
import dev.platter.image.ImageInfo;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.spi.OpenRequest;
import dev.platter.image.wrap.UnwrapLimits;
import dev.platter.image.wrap.Unwrapping;
import dev.platter.image.wrap.Wrappings;
import dev.platter.storage.Storage;
import dev.platter.storage.StreamSource;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.StringJoiner;

/** An open appliance, and the one of its disks that is meant, once its bytes are asked for. */
final class OvaImage implements DiskImage {
  /** What the files of a disk may take beyond its capacity: tables, headers, marks. */
  private static final long OVERHEAD = 64 << 20;

  /** The wrapping's name for it. */
  private static final String GZIP = "gz";

  /** How many disks an error message lists. */
  private static final int MAX_LISTED = 32;

  private final String name;
  private final Appliance appliance;
  private final OpenRequest request;
  private final Optional<Envelope.Disk> chosen;
  private DiskImage disk;
  private Storage spool;

  private OvaImage(String name, Appliance appliance, OpenRequest request) throws IOException {
    this.name = name;
    this.appliance = appliance;
    this.request = request;
    this.chosen = choose();
  }

  static OvaImage open(Storage storage, OpenRequest request) throws IOException {
    Appliance appliance = Appliance.open(storage, request);
    try {
      return new OvaImage(storage.name(), appliance, request);
    } catch (Throwable e) {
      appliance.close();
      throw e;
    }
  }

  /** By its id, by the name of its file, by its number from 1 on, or because it is the only one. */
  private Optional<Envelope.Disk> choose() throws IOException {
    List<Envelope.Disk> disks = appliance.envelope().disks();
    if (request.disk().isEmpty()) {
      return disks.size() == 1 ? Optional.of(disks.getFirst()) : Optional.empty();
    }
    String wanted = request.disk().get();
    for (Envelope.Disk candidate : disks) {
      boolean isFile =
          candidate
              .fileRef()
              .flatMap(appliance.envelope()::file)
              .filter(file -> file.href().equals(wanted))
              .isPresent();
      if (candidate.id().equals(wanted) || isFile) {
        return Optional.of(candidate);
      }
    }
    if (wanted.matches("[1-9][0-9]{0,5}") && Integer.parseInt(wanted) <= disks.size()) {
      return Optional.of(disks.get(Integer.parseInt(wanted) - 1));
    }
    throw unsupported(name, "there is no disk '" + wanted + "' in it: " + listed());
  }

  private String listed() {
    List<Envelope.Disk> disks = appliance.envelope().disks();
    StringJoiner list = new StringJoiner(", ", disks.isEmpty() ? "it has none" : "it has ", "");
    for (int i = 0; i < Math.min(disks.size(), MAX_LISTED); i++) {
      Envelope.Disk one = disks.get(i);
      String file =
          one.fileRef()
              .flatMap(appliance.envelope()::file)
              .map(Envelope.File::href)
              .orElse("empty");
      list.add((i + 1) + ": '" + one.id() + "' (" + file + ", " + told(one.capacity()) + ")");
    }
    if (disks.size() > MAX_LISTED) {
      list.add("and " + (disks.size() - MAX_LISTED) + " more");
    }
    return list.toString();
  }

  private static String told(OptionalLong capacity) {
    return capacity.isPresent() ? capacity.getAsLong() + " bytes" : "of unknown size";
  }

  private Envelope.Disk disk() throws IOException {
    return chosen.orElseThrow(() ->
        appliance.envelope().disks().isEmpty()
            ? unsupported(name, "the appliance has no disk")
            : unsupported(name, "choose a disk (--disk NAME|N): " + listed()));
  }

  @Override
  public ImageInfo info() {
    return ApplianceInfo.of(appliance, chosen, this::ownSize, remarks());
  }

  @Override
  public List<String> remarks() {
    List<String> remarks = new ArrayList<>(appliance.envelope().remarks());
    for (String file : appliance.unverified()) {
      remarks.add("the manifest has no digest of '" + file + "', which was not verified");
    }
    return remarks;
  }

  /** What the disk's file says at its head; what is packed or in chunks is not looked into. */
  private OptionalLong ownSize(Envelope.Disk wanted) {
    Optional<Envelope.File> file = wanted.fileRef().flatMap(appliance.envelope()::file);
    if (file.isEmpty()) {
      return OptionalLong.empty();
    }
    try (Storage storage = appliance.peek(file.get()).orElse(null)) {
      if (storage == null) {
        return OptionalLong.empty();
      }
      OpenRequest alone = new OpenRequest(request.limits(), OpenRequest.strict().outside());
      try (DiskImage image = format(wanted, storage).open(storage, alone)) {
        return OptionalLong.of(image.info().virtualSize());
      }
    } catch (IOException e) {
      return OptionalLong.empty(); // told when its bytes are asked for
    }
  }

  @Override
  public List<Danger> dangers() {
    List<Danger> dangers = new ArrayList<>();
    for (String file : appliance.unverified()) {
      dangers.add(new Danger("manifest", "it has no digest of '" + file + "'"));
    }
    for (Envelope.Disk one : appliance.envelope().disks()) {
      if (one.parentRef().isPresent()) {
        dangers.add(
            new Danger(
                Danger.BACKING_FILE, "disk '" + one.id() + "' is a difference to another disk"));
      }
    }
    return dangers;
  }

  @Override
  public synchronized OptionalInt sectorSize() throws IOException {
    Envelope.Disk wanted = disk();
    return wanted.fileRef().isEmpty() ? OptionalInt.empty() : inner(wanted).sectorSize();
  }

  @Override
  public synchronized BlockMap map() throws IOException {
    Envelope.Disk wanted = disk();
    if (wanted.capacity().orElse(0) > request.limits().maxVirtualSize()) {
      throw corrupt(
          name,
          "disk '%s' has %d bytes, at most %d"
              .formatted(
                  wanted.id(), wanted.capacity().getAsLong(), request.limits().maxVirtualSize()));
    }
    if (wanted.fileRef().isPresent()) {
      return inner(wanted).map();
    }
    return new Empty(
        wanted
            .capacity()
            .orElseThrow(() ->
                corrupt(
                    name,
                    "disk '" + wanted.id() + "' has no file, and no capacity that can be read")));
  }

  @Override
  public synchronized Optional<CheckReport> check() throws IOException {
    Envelope.Disk wanted = disk();
    return wanted.fileRef().isEmpty() ? Optional.empty() : inner(wanted).check();
  }

  private DiskImage inner(Envelope.Disk wanted) throws IOException {
    if (disk == null) {
      if (wanted.parentRef().isPresent()) {
        throw unsupported(name, "disk '" + wanted.id() + "' is a difference to another disk");
      }
      String reference = wanted.fileRef().orElseThrow();
      Envelope.File file =
          appliance
              .envelope()
              .file(reference)
              .orElseThrow(() ->
                  corrupt(
                      name,
                      "disk '%s' lies in file '%s', which the envelope does not name"
                          .formatted(wanted.id(), reference)));
      Storage storage = appliance.open(file);
      if (file.gzip() && spool == null) {
        spool = unpacked(storage, limits(wanted.capacity()));
      }
      disk = open(wanted, file.gzip() ? spool : storage);
    }
    return disk;
  }

  private static UnwrapLimits limits(OptionalLong capacity) {
    UnwrapLimits limits =
        capacity.isPresent()
            ? UnwrapLimits.atMost(capacity.getAsLong() + capacity.getAsLong() / 8 + OVERHEAD)
            : UnwrapLimits.DEFAULT;
    return limits.raisedBy("a larger capacity of the disk");
  }

  /** A packed disk can only be read from front to back: unpacks it into a file without a name. */
  private static Storage unpacked(Storage packed, UnwrapLimits limits) throws IOException {
    Wrappings wrappings = Wrappings.present();
    if (wrappings.named(GZIP).isEmpty()) {
      throw unsupported(
          packed.name(), "the disk is packed with gzip, and nothing here unpacks that");
    }
    Unwrapping unwrapping = new Unwrapping(wrappings, limits);
    if (!unwrapping.nameOf(packed).equals(Optional.of(GZIP))) {
      throw corrupt(packed.name(), "the envelope says gzip, the content does not");
    }
    try (StreamSource plain = unwrapping.open(packed).orElseThrow()) {
      return Unwrapping.spool(plain, Unwrapping.spoolDirectory());
    }
  }

  private DiskImage open(Envelope.Disk wanted, Storage storage) throws IOException {
    ImageFormat format = format(wanted, storage);
    DiskImage opened = format.open(storage, new OpenRequest(request.limits(), appliance::open));
    try {
      if (opened.parent().isPresent()) {
        throw unsupported(name, "disk '" + wanted.id() + "' needs a parent disk");
      }
      return opened;
    } catch (Throwable e) {
      opened.close();
      throw e;
    }
  }

  /** The format that the envelope's URI speaks of; where it says nothing, the content does. */
  private ImageFormat format(Envelope.Disk wanted, Storage storage) throws IOException {
    ImageFormats formats = ImageFormats.present();
    String uri = wanted.format().toLowerCase(Locale.ROOT);
    String told = null;
    for (String word : List.of("vmdk", "vhdx", "vhd", "vdi", "qcow2")) {
      told = told == null && uri.contains(word) ? word : told;
    }
    Optional<ImageFormat> format = told == null ? formats.probe(storage) : formats.named(told);
    return format
        .filter(found -> !found.holdsDisks())
        .orElseThrow(() ->
            unsupported(
                name, "disk '" + wanted.id() + "' is of the format '" + wanted.format() + "'"));
  }

  @Override
  public synchronized void close() throws IOException {
    try (appliance;
        Storage spooled = spool;
        DiskImage opened = disk) {
      // Closed in this order: the disk, what it was unpacked to, the files.
    }
  }

  /** A disk that nothing was written to yet. */
  private record Empty(long size) implements BlockMap {
    @Override
    public int blockSize() {
      return 1;
    }

    @Override
    public Extent extentAt(long offset, long limit) {
      return new Extent.Absent(offset, limit - offset);
    }
  }
}
