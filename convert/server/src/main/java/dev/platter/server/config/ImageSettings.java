package dev.platter.server.config;

import dev.platter.server.image.ImageLimits;
import dev.platter.server.image.ImageSchema;
import dev.platter.server.image.MetadataLimits;
import dev.platter.service.HashAlgorithm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;

/**
 * What the records of images may say, and what is shown of them.
 *
 * @param limits how much and what
 * @param metadefQuota how many bytes of metadata definitions a namespace may hold
 * @param showLocations whether callers may see and change where data lie
 * @param showDirectUrl whether they see the first of these places
 * @param hashAlgorithm how the digest is made that is not MD5
 * @param schema what images are, with what the deployer's {@code schema-image.json} beside the file
 *     of settings says
 */
public record ImageSettings(
    ImageLimits limits,
    long metadefQuota,
    boolean showLocations,
    boolean showDirectUrl,
    HashAlgorithm hashAlgorithm,
    ImageSchema schema) {
  private static final String MAIN = "DEFAULT";
  private static final List<String> DISK_FORMATS =
      List.of("ami", "ari", "aki", "vhd", "vhdx", "vmdk", "raw", "qcow2", "vdi", "iso", "ploop");
  private static final List<String> CONTAINER_FORMATS =
      List.of("ami", "ari", "aki", "bare", "ovf", "ova", "docker", "compressed");

  /** Below zero, a quota is none. */
  private static final int ANY = Integer.MIN_VALUE;

  /**
   * @param severalStores whether there are stores to choose from
   */
  public static ImageSettings read(IniFile ini, boolean severalStores) throws IOException {
    ImageLimits limits = limits(ini);
    return new ImageSettings(
        limits,
        ini.number(MAIN, "metadef_namespace_quota", 1 << 20),
        ini.flag(MAIN, "show_multiple_locations", false),
        ini.flag(MAIN, "show_image_direct_url", false),
        hashAlgorithm(ini),
        new ImageSchema(limits, severalStores, schemaFile(ini)));
  }

  private static Optional<Path> schemaFile(IniFile ini) {
    return ini.directory()
        .map(directory -> directory.resolve("schema-image.json"))
        .filter(Files::exists);
  }

  private static ImageLimits limits(IniFile ini) {
    return new ImageLimits(
        new LinkedHashSet<>(ini.list("image_format", "disk_formats", DISK_FORMATS)),
        new LinkedHashSet<>(ini.list("image_format", "container_formats", CONTAINER_FORMATS)),
        ini.number(MAIN, "image_size_cap", 1L << 40),
        ini.count(MAIN, "image_property_quota", 128, ANY),
        ini.count(MAIN, "image_member_quota", 128, ANY),
        ini.count(MAIN, "image_tag_quota", 128, ANY),
        ini.count(MAIN, "image_location_quota", 10, ANY),
        ini.count(MAIN, "limit_param_default", 25, 1),
        ini.count(MAIN, "api_limit_max", 1000, 1),
        metadataLimits(ini));
  }

  private static MetadataLimits metadataLimits(IniFile ini) {
    MetadataLimits otherwise = MetadataLimits.DEFAULT;
    return new MetadataLimits(
        ini.number(MAIN, "image_metadata_quota", otherwise.perImage()),
        ini.number(MAIN, "project_metadata_quota", otherwise.perProject()),
        ini.number(MAIN, "list_answer_bytes", otherwise.perPage()));
  }

  private static HashAlgorithm hashAlgorithm(IniFile ini) {
    String name = ini.text(MAIN, "hashing_algorithm", HashAlgorithm.SHA512.apiName());
    return HashAlgorithm.named(name)
        .orElseThrow(() ->
            ini.wrong(MAIN, "hashing_algorithm", name + " is none of " + HashAlgorithm.names()));
  }
}
