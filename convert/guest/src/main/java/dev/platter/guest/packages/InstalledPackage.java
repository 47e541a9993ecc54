package dev.platter.guest.packages;

import dev.platter.guest.files.Text;
import java.util.Comparator;

/**
 * A package that is installed, in its manager's own words, safe to show. What is not known is
 * empty.
 *
 * @param version with the epoch in front and the release behind, where the manager has such
 * @param architecture as the manager calls it: {@code amd64} of dpkg, {@code x86_64} of others
 */
public record InstalledPackage(
    PackageManager manager, String name, String version, String architecture, Origin origin)
    implements Comparable<InstalledPackage> {
  private static final Comparator<InstalledPackage> ORDER =
      Comparator.comparing(InstalledPackage::name)
          .thenComparing(InstalledPackage::version)
          .thenComparing(InstalledPackage::architecture)
          .thenComparing(InstalledPackage::manager);

  /**
   * Where a package comes from.
   *
   * @param source what it was built of, as the manager keeps it: a name, with the version behind it
   *     where that is another, or the name of a file; empty of a package that has the source's name
   * @param publisher who maintains or sells it
   * @param license what it says of its licence, in whatever notation
   */
  public record Origin(String source, String publisher, String license) {
    static final Origin UNKNOWN = new Origin("", "", "");

    public Origin {
      source = Text.clean(source);
      publisher = Text.clean(publisher);
      license = Text.clean(license);
    }
  }

  public InstalledPackage {
    name = Text.clean(name);
    version = Text.clean(version);
    architecture = Text.clean(architecture);
  }

  /** By name, then version. */
  @Override
  public int compareTo(InstalledPackage other) {
    return ORDER.compare(this, other);
  }

  /** How many characters it takes. */
  int length() {
    return name.length()
        + version.length()
        + architecture.length()
        + origin.source().length()
        + origin.publisher().length()
        + origin.license().length();
  }
}
