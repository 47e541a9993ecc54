package dev.platter.ova;

import dev.platter.archive.TarHeader;
import dev.platter.image.BlockMap;
import dev.platter.image.DiskImage;
import dev.platter.image.FormatOptions;
import dev.platter.image.Identity;
import dev.platter.image.Limits;
import dev.platter.image.disk.GuestReader;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.Storage;
import dev.platter.testdata.MemoryTarget;
import dev.platter.testdata.ModelDisk;
import dev.platter.testdata.PlainMover;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** An OVA put together member by member, so that any of them may lie. */
final class HandMadeOva {
  static final String VMDK_URI =
      "http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized";

  private final Map<String, byte[]> members = new LinkedHashMap<>();

  /** A member; an earlier one of the name is replaced where it stands. */
  HandMadeOva with(String name, byte[] content) {
    members.put(name, content);
    return this;
  }

  HandMadeOva with(String name, String content) {
    return with(name, content.getBytes(StandardCharsets.UTF_8));
  }

  /** A manifest over all members so far. */
  HandMadeOva withManifest(String name, String algorithm) throws Exception {
    StringBuilder lines = new StringBuilder();
    for (Map.Entry<String, byte[]> member : members.entrySet()) {
      byte[] digest = MessageDigest.getInstance(algorithm).digest(member.getValue());
      lines.append(algorithm.replace("-", "")).append('(').append(member.getKey()).append(")= ");
      lines.append(HexFormat.of().formatHex(digest)).append('\n');
    }
    return with(name, lines.toString());
  }

  byte[] bytes() {
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    members.forEach((name, content) -> tar.writeBytes(member(name, content)));
    tar.writeBytes(new byte[1024]);
    return tar.toByteArray();
  }

  Storage storage() {
    return MemoryStorage.of("app.ova", bytes());
  }

  DiskImage open() throws IOException {
    return open(null);
  }

  DiskImage open(String disk) throws IOException {
    return new OvaFormat()
        .open(
            storage(),
            new OpenRequest(
                Limits.DEFAULT, OpenRequest.strict().outside(), Optional.ofNullable(disk)));
  }

  static byte[] member(String name, byte[] content) {
    byte[] padded = new byte[512 + (content.length + 511) / 512 * 512];
    System.arraycopy(new TarHeader(name, content.length, '0').toBlock(0), 0, padded, 0, 512);
    System.arraycopy(content, 0, padded, 512, content.length);
    return padded;
  }

  /**
   * An envelope around these elements.
   *
   * @param files {@code <File>} elements
   * @param disks {@code <Disk>} elements
   */
  static String envelope(String files, String disks) {
    return """
    <?xml version="1.0"?>
    <Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1"
        xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1"
        xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData"
        xmlns:vssd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData">
      <References>%s</References>
      <DiskSection><Info>Disks</Info>%s</DiskSection>
      <VirtualSystem ovf:id="vm">
        <Info>A machine</Info>
        <Name>web</Name>
        <OperatingSystemSection ovf:id="94"><Info/><Description>Ubuntu (64-bit)</Description>
        </OperatingSystemSection>
        <VirtualHardwareSection><Info/>
          <System><vssd:VirtualSystemType>vmx-13</vssd:VirtualSystemType></System>
          <Item><rasd:ElementName>2 CPUs</rasd:ElementName><rasd:InstanceID>1</rasd:InstanceID>
            <rasd:ResourceType>3</rasd:ResourceType><rasd:VirtualQuantity>2</rasd:VirtualQuantity></Item>
          <Item><rasd:AllocationUnits>byte * 2^20</rasd:AllocationUnits>
            <rasd:InstanceID>2</rasd:InstanceID><rasd:ResourceType>4</rasd:ResourceType>
            <rasd:VirtualQuantity>2048</rasd:VirtualQuantity></Item>
          <Item><rasd:ElementName>Ethernet 1</rasd:ElementName><rasd:InstanceID>3</rasd:InstanceID>
            <rasd:ResourceSubType>VmxNet3</rasd:ResourceSubType>
            <rasd:ResourceType>10</rasd:ResourceType></Item>
        </VirtualHardwareSection>
      </VirtualSystem>
    </Envelope>
    """
        .formatted(files, disks);
  }

  static String file(String id, String href, String more) {
    return "<File ovf:id=\"%s\" ovf:href=\"%s\" %s/>".formatted(id, href, more);
  }

  static String disk(String id, String fileRef, String capacity, String format) {
    return "<Disk ovf:diskId=\"%s\" ovf:fileRef=\"%s\" ovf:capacity=\"%s\" ovf:format=\"%s\"/>"
        .formatted(id, fileRef, capacity, format);
  }

  /** An appliance with one disk in one file, and no manifest. */
  static HandMadeOva single(byte[] disk, long capacity) {
    return new HandMadeOva()
        .with(
            "app.ovf",
            envelope(file("f", "disk.vmdk", ""), disk("d", "f", "" + capacity, VMDK_URI)))
        .with("disk.vmdk", disk);
  }

  /** A disk as an image of some format. */
  static byte[] image(String format, String options, ModelDisk disk) throws IOException {
    ImageFormat made = ImageFormats.present().named(format).orElseThrow();
    MemoryTarget target = new MemoryTarget();
    try (ImageWriter writer =
        made.create(
            new CreateRequest(
                disk.size(),
                FormatOptions.parse(List.of(options), made.createOptions()),
                true,
                Optional.empty(),
                target,
                Identity.seeded("ova", Instant.EPOCH)))) {
      PlainMover.move(disk, writer, false, false, 1);
    }
    return ((MemoryStorage) target.storage()).toByteArray();
  }

  static byte[] stream(ModelDisk disk) throws IOException {
    return image("vmdk", "subformat=streamOptimized", disk);
  }

  static byte[] content(DiskImage image) throws IOException {
    try (image;
        GuestReader reader = new GuestReader()) {
      BlockMap map = image.map();
      byte[] bytes = new byte[Math.toIntExact(map.size())];
      reader.read(map, 0, MemorySegment.ofArray(bytes));
      return bytes;
    }
  }
}
