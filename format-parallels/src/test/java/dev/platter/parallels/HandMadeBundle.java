package dev.platter.parallels;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Writes a bundle: its descriptor, as Parallels Desktop words it, and the images beside it. */
final class HandMadeBundle {
  static final String ROOT = "{11111111-aaaa-4bbb-8ccc-000000000001}";
  static final String MIDDLE = "{22222222-AAAA-4BBB-8CCC-000000000002}";
  static final String TOP = "{5fbaabe3-6958-40ff-92a7-860e329aab41}";
  static final String NONE = "{00000000-0000-0000-0000-000000000000}";

  final Path directory;
  long sectors;
  String parameters = "";
  String topGuid = "";
  private final StringBuilder storages = new StringBuilder();
  private final List<String> images = new ArrayList<>();
  private final StringBuilder shots = new StringBuilder();

  HandMadeBundle(Path directory, long sectors) throws IOException {
    this.directory = Files.createDirectories(directory);
    this.sectors = sectors;
  }

  HandMadeBundle image(String guid, String type, String file, byte[] content) throws IOException {
    Files.write(directory.resolve(file), content);
    return entry(guid, type, file);
  }

  HandMadeBundle entry(String guid, String type, String file) {
    images.add(
        "<Image><GUID>%s</GUID><Type>%s</Type><File>%s</File></Image>".formatted(guid, type, file));
    return this;
  }

  /** Ends a part of the disk: what was added since the one before are its images. */
  HandMadeBundle part(long start, long end) {
    storages.append(
        "<Storage><Start>%d</Start><End>%d</End><Blocksize>8</Blocksize>%s</Storage>"
            .formatted(start, end, String.join("\n", images)));
    images.clear();
    return this;
  }

  HandMadeBundle shot(String guid, String parent) {
    shots.append("<Shot><GUID>%s</GUID><ParentGUID>%s</ParentGUID></Shot>".formatted(guid, parent));
    return this;
  }

  String xml() {
    return """
    <?xml version='1.0' encoding='UTF-8'?>
    <Parallels_disk_image Version="1.0">
        <Disk_Parameters>
            <Disk_size>%d</Disk_size>
            <Cylinders>5</Cylinders>
            <PhysicalSectorSize>4096</PhysicalSectorSize>
            <LogicSectorSize>512</LogicSectorSize>
            <Heads>16</Heads>
            <Sectors>32</Sectors>
            <Padding>0</Padding>
            <Encryption>
                <Engine>{00000000-0000-0000-0000-000000000000}</Engine>
                <Data></Data>
            </Encryption>
            <UID>{7ee41fb6-f1fd-4ca1-9ca5-0fb1ad2b3a22}</UID>
            <Name>disk &amp; more</Name>%s
        </Disk_Parameters>
        <StorageData>%s</StorageData>
        <Snapshots>%s%s</Snapshots>
    </Parallels_disk_image>
    """
        .formatted(sectors, parameters, storages, topGuid, shots);
  }

  /** The descriptor's file. */
  Path write() throws IOException {
    return Files.writeString(directory.resolve("DiskDescriptor.xml"), xml());
  }
}
