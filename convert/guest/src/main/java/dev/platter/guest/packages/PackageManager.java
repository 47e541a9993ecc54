package dev.platter.guest.packages;

/** Who installs packages, and keeps a list of them. */
public enum PackageManager {
  DPKG("dpkg"),
  RPM("rpm"),
  APK("apk"),
  PACMAN("pacman"),
  /** The programs that Windows shows as installed. */
  WINDOWS("windows");

  private final String label;

  PackageManager(String label) {
    this.label = label;
  }

  /** What it is called in answers. */
  public String label() {
    return label;
  }
}
