package dev.platter.cli.command;

import dev.platter.cli.answer.GuestJson;
import dev.platter.cli.answer.ImageFacts;
import dev.platter.cli.answer.InfoJson;
import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.source.CacheMode;
import dev.platter.cli.source.Source;
import dev.platter.cli.text.JsonText;
import dev.platter.cli.text.Reasons;
import dev.platter.cli.text.TextTable;
import dev.platter.guest.GuestDescription;
import dev.platter.guest.GuestInspector;
import dev.platter.guest.OperatingSystem;
import dev.platter.image.ImageInfo;
import dev.platter.image.Sizes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What {@code info} tells of several images: a line for each. One that cannot be read is named. */
final class ManyImages {
  private static final String[] COLUMNS = {
    "IMAGE", "FORMAT", "VIRTUAL SIZE", "DISK SIZE", "BACKING FILE", "HOLDS"
  };
  private static final Set<Integer> NUMBERS = Set.of(2, 3);

  private final Invocation call;
  private final CacheMode cache;
  private final boolean deep;
  private final List<String[]> rows = new ArrayList<>();
  private final List<Object> objects = new ArrayList<>();

  private ManyImages(Invocation call, CacheMode cache, boolean deep) {
    this.call = call;
    this.cache = cache;
    this.deep = deep;
    rows.add(COLUMNS);
  }

  /**
   * Tells of them.
   *
   * @param deep whether to tell what they hold
   * @return the exit code
   */
  static int tell(Invocation call, List<String> files, CacheMode cache, boolean deep)
      throws Failure {
    boolean json = call.json();
    ManyImages images = new ManyImages(call, cache, deep);
    boolean isAll = true;
    for (String file : files) {
      isAll &= images.add(file);
    }
    if (json) {
      JsonText.print(images.objects, call.out());
    } else if (images.rows.size() > 1) {
      TextTable.print(images.rows, NUMBERS, "", call.out());
    }
    return isAll ? 0 : Failure.EXIT;
  }

  private boolean add(String file) {
    try (Source source = InfoCommand.open(call, file, cache, false, deep)) {
      ImageFacts facts = ImageFacts.of(source, source.chain().top(), false);
      Optional<GuestDescription> guest =
          deep ? Optional.of(GuestInspector.describe(source.map(), file)) : Optional.empty();
      Map<String, Object> object = InfoJson.of(facts);
      guest.ifPresent(found -> object.put("guest", GuestJson.of(found)));
      objects.add(object);
      rows.add(row(facts, guest));
      return true;
    } catch (Failure e) {
      call.complain(e.getMessage());
    } catch (IOException e) {
      call.complain("'" + file + "': " + Reasons.of(e));
    }
    return false;
  }

  private static String[] row(ImageFacts facts, Optional<GuestDescription> guest) {
    long size = facts.info().virtualSize();
    List<String> systems =
        guest.map(GuestDescription::operatingSystems).orElse(List.of()).stream()
            .map(OperatingSystem::prettyName)
            .toList();
    return new String[] {
      facts.name(),
      facts.format(),
      size == ImageInfo.UNKNOWN_SIZE ? "" : Sizes.text(size),
      Sizes.text(facts.diskSize()),
      facts.parent() == null ? "" : facts.parent().name(),
      String.join(", ", systems)
    };
  }
}
