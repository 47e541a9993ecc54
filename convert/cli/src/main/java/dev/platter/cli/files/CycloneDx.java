package dev.platter.cli.files;

import dev.platter.cli.line.Profile;
import dev.platter.cli.text.JsonText;
import dev.platter.guest.OperatingSystem;
import dev.platter.guest.packages.InstalledPackage;
import dev.platter.guest.packages.PackageDatabase;
import dev.platter.guest.packages.PackageManager;
import dev.platter.guest.packages.PackageUrl;
import dev.platter.guest.packages.SystemPackages;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * A bill of materials in CycloneDX 1.6 (ECMA-424). The same disk has the same one each time: no
 * time is in it, and its number is made of what it says. It is written here, as CycloneDX's own
 * library comes with some fifteen others, ten megabytes of modules that are none, for a dozen
 * fields.
 */
final class CycloneDx {
  private static final String DISK = "disk";

  private CycloneDx() {}

  static Map<String, Object> bill(DiskPackages disk) {
    List<Object> components = new ArrayList<>();
    for (SystemPackages system : disk.inventory().systems()) {
      system.system().ifPresent(known -> components.add(component(known, components.size())));
      for (PackageDatabase database : system.databases()) {
        for (InstalledPackage each : database.packages()) {
          components.add(component(each, system, database, components.size()));
        }
      }
    }
    Map<String, Object> bill = new LinkedHashMap<>();
    bill.put("$schema", "http://cyclonedx.org/schema/bom-1.6.schema.json");
    bill.put("bomFormat", "CycloneDX");
    bill.put("specVersion", "1.6");
    bill.put("serialNumber", ""); // keeps its place
    bill.put("version", 1L);
    bill.put("metadata", metadata(disk));
    bill.put("components", components);
    if (!disk.doubts().isEmpty()) {
      Map<String, Object> composition = new LinkedHashMap<>();
      composition.put("aggregate", "incomplete");
      composition.put("assemblies", List.of(DISK));
      bill.put("compositions", List.of(composition));
    }
    bill.put("serialNumber", "urn:uuid:" + number(bill));
    return bill;
  }

  /** A number that says the same of the same document. */
  static UUID number(Map<String, Object> document) {
    return UUID.nameUUIDFromBytes(JsonText.of(document).getBytes(StandardCharsets.UTF_8));
  }

  private static Map<String, Object> metadata(DiskPackages disk) {
    Map<String, Object> tool = new LinkedHashMap<>();
    tool.put("type", "application");
    tool.put("name", Profile.PLATTER.program());
    tool.put("version", Profile.VERSION);
    Map<String, Object> subject = new LinkedHashMap<>();
    subject.put("type", "file");
    subject.put("bom-ref", DISK);
    subject.put("name", disk.name());
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("tools", Map.of("components", List.of(tool)));
    metadata.put("component", subject);
    return metadata;
  }

  private static Map<String, Object> component(OperatingSystem system, int number) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("type", "operating-system");
    json.put("bom-ref", "system-" + number);
    json.put("name", system.id().isEmpty() ? system.type() : system.id());
    PackageFacts.put(json, "version", system.versionId());
    PackageFacts.put(json, "description", system.prettyName());
    json.put("properties", List.of(property("place", system.place())));
    return json;
  }

  private static Map<String, Object> component(
      InstalledPackage each, SystemPackages system, PackageDatabase database, int number) {
    boolean isProgram = each.manager() == PackageManager.WINDOWS;
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("type", isProgram ? "application" : "library");
    json.put("bom-ref", "package-" + number);
    PackageFacts.put(json, "publisher", each.origin().publisher());
    json.put("name", each.name());
    PackageFacts.put(json, "version", each.version());
    if (!each.origin().license().isEmpty()) {
      // Managers have notations of their own, so that it is a name and no expression.
      json.put("licenses", List.of(Map.of("license", Map.of("name", each.origin().license()))));
    }
    Optional<String> url = PackageUrl.of(each, system.system());
    url.ifPresent(text -> json.put("purl", text));
    List<Object> properties = new ArrayList<>();
    properties.add(property("manager", each.manager().label()));
    properties.add(property("database", database.path()));
    properties.add(property("place", system.place()));
    if (!each.origin().source().isEmpty()) {
      properties.add(property("source", each.origin().source()));
    }
    json.put("properties", properties);
    return json;
  }

  private static Map<String, Object> property(String name, String value) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("name", "platter:" + name);
    json.put("value", value);
    return json;
  }
}
