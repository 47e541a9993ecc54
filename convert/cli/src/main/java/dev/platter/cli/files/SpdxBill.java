package dev.platter.cli.files;

import dev.platter.cli.line.Profile;
import dev.platter.guest.OperatingSystem;
import dev.platter.guest.packages.InstalledPackage;
import dev.platter.guest.packages.PackageDatabase;
import dev.platter.guest.packages.PackageManager;
import dev.platter.guest.packages.PackageUrl;
import dev.platter.guest.packages.SystemPackages;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A bill of materials in SPDX 2.3 (ISO/IEC 5962 is 2.2): the disk contains systems, they contain
 * packages. Written here for the reason that {@link CycloneDx} has.
 */
final class SpdxBill {
  private static final String DOCUMENT = "SPDXRef-DOCUMENT";
  private static final String DISK = "SPDXRef-Disk";
  private static final String NOTHING_SAID = "NOASSERTION";

  /** Those whose publisher is an organization; of others it may be a person. */
  private static final Set<PackageManager> SOLD =
      Set.of(PackageManager.RPM, PackageManager.WINDOWS);

  private final List<Object> packages = new ArrayList<>();
  private final List<Object> relationships = new ArrayList<>();

  private SpdxBill() {}

  /**
   * @param time when the document is made, which it has to say
   */
  static Map<String, Object> of(DiskPackages disk, Instant time) {
    SpdxBill bill = new SpdxBill();
    bill.add(disk);
    Map<String, Object> creation = new LinkedHashMap<>();
    creation.put("created", time.truncatedTo(ChronoUnit.SECONDS).toString());
    creation.put("creators", List.of("Tool: " + Profile.PLATTER.program() + "-" + Profile.VERSION));
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("spdxVersion", "SPDX-2.3");
    json.put("dataLicense", "CC0-1.0");
    json.put("SPDXID", DOCUMENT);
    json.put("name", disk.name());
    json.put("documentNamespace", ""); // keeps its place
    json.put("creationInfo", creation);
    if (!disk.doubts().isEmpty()) {
      json.put("comment", "There may be more: " + String.join("; ", disk.doubts()));
    }
    json.put("packages", bill.packages);
    json.put("relationships", bill.relationships);
    String number = CycloneDx.number(json).toString();
    json.put("documentNamespace", "https://spdx.org/spdxdocs/platter-" + number);
    return json;
  }

  private void add(DiskPackages disk) {
    packages.add(named(DISK, disk.name(), "", "FILE"));
    relate(DOCUMENT, "DESCRIBES", DISK);
    for (SystemPackages system : disk.inventory().systems()) {
      String parent = DISK;
      if (system.system().isPresent()) {
        parent = "SPDXRef-System-" + packages.size();
        packages.add(system(parent, system.system().get()));
        relate(DISK, "CONTAINS", parent);
      }
      for (PackageDatabase database : system.databases()) {
        for (InstalledPackage each : database.packages()) {
          String id = "SPDXRef-Package-" + packages.size();
          packages.add(installed(id, each, system, database));
          relate(parent, "CONTAINS", id);
        }
      }
    }
  }

  private void relate(String from, String how, String to) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("spdxElementId", from);
    json.put("relationshipType", how);
    json.put("relatedSpdxElement", to);
    relationships.add(json);
  }

  /** What SPDX wants said of all that it calls a package. */
  private static Map<String, Object> named(String id, String name, String version, String what) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("SPDXID", id);
    json.put("name", name);
    PackageFacts.put(json, "versionInfo", version);
    json.put("downloadLocation", NOTHING_SAID);
    json.put("filesAnalyzed", false);
    json.put("licenseConcluded", NOTHING_SAID);
    json.put("licenseDeclared", NOTHING_SAID);
    json.put("copyrightText", NOTHING_SAID);
    PackageFacts.put(json, "primaryPackagePurpose", what);
    return json;
  }

  private static Map<String, Object> system(String id, OperatingSystem system) {
    String name = system.id().isEmpty() ? system.type() : system.id();
    Map<String, Object> json = named(id, name, system.versionId(), "OPERATING-SYSTEM");
    PackageFacts.put(json, "summary", system.prettyName());
    json.put("comment", "in " + system.place());
    return json;
  }

  private static Map<String, Object> installed(
      String id, InstalledPackage each, SystemPackages system, PackageDatabase database) {
    Map<String, Object> json = named(id, each.name(), each.version(), "");
    InstalledPackage.Origin origin = each.origin();
    boolean isKnown = SOLD.contains(each.manager()) && !origin.publisher().isEmpty();
    json.put("supplier", isKnown ? "Organization: " + origin.publisher() : NOTHING_SAID);
    String source = origin.source().isEmpty() ? "" : ", built of " + origin.source();
    json.put(
        "sourceInfo", "listed by " + each.manager().label() + " in " + database.path() + source);
    if (!origin.license().isEmpty()) {
      json.put("licenseComments", "The package says: " + origin.license());
    }
    PackageUrl.of(each, system.system())
        .ifPresent(url -> {
          Map<String, Object> reference = new LinkedHashMap<>();
          reference.put("referenceCategory", "PACKAGE-MANAGER");
          reference.put("referenceType", "purl");
          reference.put("referenceLocator", url);
          json.put("externalRefs", List.of(reference));
        });
    return json;
  }
}
