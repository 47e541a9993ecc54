package dev.platter.service.inspect;

import dev.platter.image.CorruptImageException;
import dev.platter.image.Danger;
import dev.platter.image.DiskImage;
import dev.platter.image.ImageException;
import dev.platter.image.ImageInfo;
import dev.platter.image.Limits;
import dev.platter.image.ReferenceDeniedException;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.Storage;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** Puts together what the formats say of a storage, and judges it. */
final class Examiner {
  private final ImageFormats formats;
  private final OpenRequest request;
  private final boolean opensContainers;

  /**
   * A format that may be it.
   *
   * @param strength what {@link ImageFormat#probe} answered
   */
  record Match(ImageFormat format, int strength) {
    String name() {
      return FormatNames.of(format);
    }
  }

  private Examiner(ImageFormats formats, int maxDescriptionBytes, boolean opensContainers) {
    this.formats = formats;
    this.opensContainers = opensContainers;
    Limits limits =
        new Limits(
            Limits.DEFAULT.maxVirtualSize(),
            Limits.DEFAULT.maxTableBytes(),
            Limits.DEFAULT.maxChainDepth(),
            maxDescriptionBytes);
    this.request = new OpenRequest(limits, OpenRequest.strict().outside());
  }

  static Examiner ofStreams(ImageFormats formats) {
    return new Examiner(formats, PassingStorage.MAX_READ, false);
  }

  /** A descriptor of more than a megabyte is none that OpenStack's inspector would take. */
  static Examiner ofFiles(ImageFormats formats) {
    return new Examiner(formats, 1 << 20, true);
  }

  /** All formats that match but raw, the surest first. */
  List<Match> matches(Storage storage) throws IOException {
    MemorySegment head = head(storage);
    List<Match> matches = new ArrayList<>();
    for (ImageFormat format : formats.all()) {
      int strength = format.probe(storage, head);
      if (strength > ImageFormat.NO_MATCH && !FormatNames.of(format).equals(FormatNames.RAW)) {
        matches.add(new Match(format, strength));
      }
    }
    matches.sort(Comparator.comparing(Match::strength).reversed());
    return matches;
  }

  private static MemorySegment head(Storage storage) throws IOException {
    MemorySegment head = MemorySegment.ofArray(new byte[ImageFormat.HEAD_BYTES]);
    return head.asSlice(0, storage.read(0, head)).asReadOnly();
  }

  /** Reads all that {@link #examine} will read for one format. */
  void readAll(ImageFormat format, Storage storage) throws IOException {
    if (opensContainers || !format.holdsDisks()) {
      try (DiskImage image = format.open(storage, request)) {
        image.dangers();
        image.summary();
      }
    }
  }

  Inspection examine(Storage storage) throws IOException {
    MemorySegment head = head(storage);
    List<Match> matches = matches(storage);
    List<Danger> dangers = new ArrayList<>();
    Findings findings =
        new Findings(FormatNames.RAW, Optional.empty(), OptionalLong.of(storage.size()));
    String container = ContainerSigns.of(head);
    if (matches.isEmpty()) {
      RawSigns.judge(head, dangers);
    } else {
      Match best = matches.getFirst();
      severalFormats(matches, dangers);
      if (best.format().holdsDisks()) {
        container = ContainerSigns.isText(head) ? FormatNames.OVF : FormatNames.OVA;
      } else if (best.strength() > ImageFormat.TOLD_BY_TAIL) {
        container = "bare";
      }
      findings = look(best, storage, dangers);
      if (FormatNames.RAW_KINDS.contains(best.name()) || RawSigns.isLuks(head)) {
        RawSigns.judge(head, dangers);
      }
    }
    return new Inspection(
        storage.size(),
        findings.diskFormat,
        matches.stream().map(Match::name).toList(),
        claims(matches, findings.diskFormat),
        container,
        findings.subformat,
        findings.virtualSize,
        dangers,
        findings.properties);
  }

  private static Set<String> claims(List<Match> matches, String found) {
    Set<String> claims = new HashSet<>(Set.of(found));
    boolean unsure =
        !matches.isEmpty() && matches.getFirst().strength() <= ImageFormat.TOLD_BY_TAIL;
    if (FormatNames.RAW_KINDS.contains(found)
        || found.equals(RawSigns.LUKS) // that is what those call it who store encrypted volumes
        || (unsure && isTail(matches.getFirst()))) {
      claims.addAll(FormatNames.RAW_KINDS);
    }
    if (unsure) {
      matches.forEach(match -> claims.add(match.name()));
    }
    return claims;
  }

  private static boolean isTail(Match match) {
    return match.strength() == ImageFormat.TOLD_BY_TAIL;
  }

  /** A disc may be a disk, too; nothing else may be two things. */
  private static void severalFormats(List<Match> matches, List<Danger> dangers) {
    List<String> sure = new ArrayList<>();
    for (Match match : matches) {
      if (!FormatNames.RAW_KINDS.contains(match.name()) && !isTail(match)) {
        sure.add(match.name());
      }
    }
    if (sure.size() > 1) {
      dangers.add(
          new Danger(
              "several_formats", "it is of several formats at once: " + String.join(", ", sure)));
    }
  }

  private static final class Findings {
    private String diskFormat;
    private Optional<String> subformat;
    private OptionalLong virtualSize;
    private Map<String, String> properties = Map.of();

    Findings(String diskFormat, Optional<String> subformat, OptionalLong virtualSize) {
      this.diskFormat = diskFormat;
      this.subformat = subformat;
      this.virtualSize = virtualSize;
    }
  }

  private Findings look(Match match, Storage storage, List<Danger> dangers) throws IOException {
    Findings findings = new Findings(match.name(), Optional.empty(), OptionalLong.empty());
    if (match.format().holdsDisks()) {
      findings.diskFormat =
          FormatNames.VMDK; // As appliances have them; the envelope may say otherwise.
      if (!opensContainers) {
        return findings;
      }
    }
    if (!match.format().isMade() && !isTail(match)) { // nobody who makes images today makes such
      dangers.add(
          new Danger("banned", "it is of the format " + match.name() + ", which is not accepted"));
    }
    try (DiskImage image = match.format().open(storage, request)) {
      dangers.addAll(image.dangers());
      ImageInfo summary = image.summary();
      findings.virtualSize =
          summary.virtualSize() == ImageInfo.UNKNOWN_SIZE
              ? OptionalLong.empty()
              : OptionalLong.of(summary.virtualSize());
      if (summary.encrypted() && !match.name().equals(RawSigns.LUKS)) { // else its sign says so
        dangers.add(
            new Danger("encrypted", "it is encrypted, and what is inside cannot be judged"));
      }
      if (summary.details().get("create-type") instanceof String type) {
        findings.subformat = Optional.of(type);
      }
      findings.properties = ImageProperties.of(summary);
      ImageProperties.innerFormat(summary).ifPresent(inner -> findings.diskFormat = inner);
    } catch (PassingStorage.NotKept e) {
      boolean plain = match.strength() <= ImageFormat.LIKE_RAW;
      if (plain) { // All of it is the disk, whatever more it might have told.
        findings.virtualSize = OptionalLong.of(storage.size());
      } else {
        dangers.add(
            new Danger("unjudged", "it cannot be judged as it passes by: " + e.getMessage()));
      }
    } catch (ReferenceDeniedException e) {
      dangers.add(new Danger(Danger.EXTENTS, e.getMessage()));
    } catch (CorruptImageException | EOFException e) {
      dangers.add(new Danger("corrupt", e.getMessage()));
    } catch (ImageException e) {
      dangers.add(new Danger("unknown_features", e.getMessage()));
    }
    return findings;
  }
}
