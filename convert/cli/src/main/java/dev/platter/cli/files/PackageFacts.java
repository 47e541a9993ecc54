package dev.platter.cli.files;

import dev.platter.guest.OperatingSystem;
import dev.platter.guest.packages.InstalledPackage;
import dev.platter.guest.packages.PackageDatabase;
import dev.platter.guest.packages.PackageUrl;
import dev.platter.guest.packages.SystemPackages;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Packages for programs. */
final class PackageFacts {
  private PackageFacts() {}

  static Map<String, Object> of(DiskPackages disk) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("image", disk.name());
    json.put("complete", disk.doubts().isEmpty());
    json.put("systems", disk.inventory().systems().stream().map(PackageFacts::of).toList());
    if (!disk.doubts().isEmpty()) {
      json.put("problems", disk.doubts());
    }
    return json;
  }

  private static Map<String, Object> of(SystemPackages system) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("place", system.place());
    system.system().ifPresent(known -> json.put("operating-system", of(known)));
    json.put(
        "databases", system.databases().stream().map(each -> of(each, system.system())).toList());
    return json;
  }

  private static Map<String, Object> of(OperatingSystem system) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("type", system.type());
    put(json, "id", system.id());
    put(json, "version-id", system.versionId());
    put(json, "pretty-name", system.prettyName());
    put(json, "architecture", system.architecture());
    return json;
  }

  private static Map<String, Object> of(
      PackageDatabase database, Optional<OperatingSystem> system) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("manager", database.manager().label());
    json.put("path", database.path());
    List<Map<String, Object>> packages =
        database.packages().stream().map(each -> of(each, system)).toList();
    json.put("packages", packages);
    return json;
  }

  private static Map<String, Object> of(InstalledPackage each, Optional<OperatingSystem> system) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("name", each.name());
    json.put("version", each.version());
    put(json, "architecture", each.architecture());
    put(json, "source", each.origin().source());
    put(json, "publisher", each.origin().publisher());
    put(json, "license", each.origin().license());
    PackageUrl.of(each, system).ifPresent(url -> json.put("purl", url));
    return json;
  }

  /** Says what is known. */
  static void put(Map<String, Object> json, String key, String value) {
    if (!value.isEmpty()) {
      json.put(key, value);
    }
  }
}
