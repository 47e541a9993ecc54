package dev.platter.ova;

import java.nio.charset.StandardCharsets;

/** The envelope of an appliance with one disk, in OVF 1.1, which everybody takes. */
final class EnvelopeText {
  /** Room for the numbers that are only known at the end. */
  private static final int FILE_WIDTH = 64;

  /** Kinds of controllers, as CIM numbers them. */
  private static final int PARALLEL_SCSI = 6;

  private static final int IDE = 5;

  private final OvaOptions options;
  private final String name;
  private final String diskFile;
  private final long capacity;

  /**
   * @param name of the virtual machine
   * @param diskFile the file's name, whole
   * @param capacity bytes
   */
  EnvelopeText(OvaOptions options, String name, String diskFile, long capacity) {
    this.options = options;
    this.name = escaped(name);
    this.diskFile = diskFile;
    this.capacity = capacity;
  }

  /**
   * The text, which has the same length whatever the size.
   *
   * @param fileSize bytes of the disk's file, not negative
   */
  byte[] of(long fileSize) {
    String size = "ovf:size=\"" + fileSize + "\"";
    String chunks =
        fileSize > options.chunkSize() ? " ovf:chunkSize=\"" + options.chunkSize() + "\"" : "";
    String text =
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <Envelope ovf:version="1.0" xml:lang="en-US"
            xmlns="http://schemas.dmtf.org/ovf/envelope/1"
            xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1"
            xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData"
            xmlns:vssd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData"
            xmlns:vmw="http://www.vmware.com/schema/ovf"
            xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
          <References>
            <File ovf:id="file1" ovf:href="%s" %s/>
          </References>
          <DiskSection>
            <Info>Virtual disks</Info>
            <Disk ovf:diskId="vmdisk1" ovf:fileRef="file1" ovf:capacity="%d" ovf:capacityAllocationUnits="byte" ovf:format="http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized"/>
          </DiskSection>
          <VirtualSystem ovf:id="vm">
            <Info>A virtual machine</Info>
            <Name>%s</Name>
            <OperatingSystemSection ovf:id="%d" vmw:osType="%s">
              <Info>The guest operating system</Info>
            </OperatingSystemSection>
            <VirtualHardwareSection>
              <Info>Virtual hardware</Info>
              <System>
                <vssd:ElementName>Virtual Hardware Family</vssd:ElementName>
                <vssd:InstanceID>0</vssd:InstanceID>
                <vssd:VirtualSystemIdentifier>%s</vssd:VirtualSystemIdentifier>
                <vssd:VirtualSystemType>%s</vssd:VirtualSystemType>
              </System>
              <Item>
                <rasd:AllocationUnits>hertz * 10^6</rasd:AllocationUnits>
                <rasd:Description>Number of virtual CPUs</rasd:Description>
                <rasd:ElementName>%d virtual CPU(s)</rasd:ElementName>
                <rasd:InstanceID>1</rasd:InstanceID>
                <rasd:ResourceType>3</rasd:ResourceType>
                <rasd:VirtualQuantity>%d</rasd:VirtualQuantity>
              </Item>
              <Item>
                <rasd:AllocationUnits>byte * 2^20</rasd:AllocationUnits>
                <rasd:Description>Memory size</rasd:Description>
                <rasd:ElementName>%d MB of memory</rasd:ElementName>
                <rasd:InstanceID>2</rasd:InstanceID>
                <rasd:ResourceType>4</rasd:ResourceType>
                <rasd:VirtualQuantity>%d</rasd:VirtualQuantity>
              </Item>
              <Item>
                <rasd:Address>0</rasd:Address>
                <rasd:Description>%s</rasd:Description>
                <rasd:ElementName>%s 0</rasd:ElementName>
                <rasd:InstanceID>3</rasd:InstanceID>
        %s        <rasd:ResourceType>%d</rasd:ResourceType>
              </Item>
              <Item>
                <rasd:AddressOnParent>0</rasd:AddressOnParent>
                <rasd:ElementName>Hard disk 1</rasd:ElementName>
                <rasd:HostResource>ovf:/disk/vmdisk1</rasd:HostResource>
                <rasd:InstanceID>4</rasd:InstanceID>
                <rasd:Parent>3</rasd:Parent>
                <rasd:ResourceType>17</rasd:ResourceType>
              </Item>
            </VirtualHardwareSection>
          </VirtualSystem>
        </Envelope>
        """;
    boolean ide = options.adapterType().equals("ide");
    String controller = ide ? "IDE controller" : "SCSI controller";
    String subtype =
        ide
            ? ""
            : "        <rasd:ResourceSubType>%s</rasd:ResourceSubType>\n"
                .formatted(options.adapterType());
    long megabytes = options.memory() >> 20;
    return text.formatted(
            diskFile,
            padded(size + chunks),
            capacity,
            name,
            options.cimOsType(),
            options.osType(),
            name,
            options.hardware(),
            options.cpus(),
            options.cpus(),
            megabytes,
            megabytes,
            controller,
            controller,
            subtype,
            ide ? IDE : PARALLEL_SCSI)
        .getBytes(StandardCharsets.UTF_8);
  }

  private static String padded(String attributes) {
    return attributes + " ".repeat(FILE_WIDTH - attributes.length());
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
