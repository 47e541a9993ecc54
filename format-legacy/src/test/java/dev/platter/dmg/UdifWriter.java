package dev.platter.dmg;

import dev.platter.testdata.ExternalTool;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

/**
 * Writes images of UDIF with chunks of chosen kinds, sharing no code with the format under test.
 * What a test wants wrong it sets in the bytes, or in a table before that is written.
 */
final class UdifWriter {
  static final int ZERO = 0;
  static final int RAW = 1;
  static final int IGNORE = 2;
  static final int ADC = 0x80000004;
  static final int ZLIB = 0x80000005;
  static final int BZIP2 = 0x80000006;
  static final int LZFSE = 0x80000007;
  static final int XZ = 0x80000008;
  static final int COMMENT = 0x7ffffffe;
  static final int HEADER = 204;

  private final ByteArrayOutputStream data = new ByteArrayOutputStream();
  private final List<byte[]> tables = new ArrayList<>();
  private final List<String> names = new ArrayList<>();
  private int sectors;

  /** Of the LZFSE chunks the kinds of blocks, in turn. */
  private String lzfseKinds = "2n-1";

  private int lzfseUsed;

  /** Where the data begin in the file. */
  int dataAt;

  /** Where the first chunk lies in the data, by each table. */
  int tableData;

  /** Whether images have checksums. */
  boolean checksums;

  /** The kinds of blocks that 7-Zip reads: of bytes as they are it takes 256 at most. */
  UdifWriter withLzfseOf7Zip() {
    lzfseKinds = "2n";
    return this;
  }

  /**
   * Adds the next part of the disk.
   *
   * @param content whole sectors
   * @param chunkSectors how many sectors a chunk has, the last of a part perhaps fewer
   * @param kinds of the chunks that are not zeros, in turn
   */
  UdifWriter part(String name, byte[] content, int chunkSectors, int... kinds) throws IOException {
    CRC32 crc = new CRC32();
    List<long[]> chunks = new ArrayList<>();
    chunks.add(new long[] {COMMENT, 0, 0, 0, 0});
    int count = content.length / 512;
    int turn = 0;
    for (int at = 0; at < count; at += chunkSectors) {
      int length = Math.min(chunkSectors, count - at);
      byte[] bytes = Arrays.copyOfRange(content, at * 512, (at + length) * 512);
      if (Arrays.equals(bytes, new byte[bytes.length])) {
        boolean isIgnored = at / chunkSectors % 2 != 0;
        chunks.add(new long[] {isIgnored ? IGNORE : ZERO, at, length, 0, 0});
        if (!isIgnored) {
          crc.update(bytes);
        }
        continue;
      }
      crc.update(bytes);
      int kind = kinds[turn++ % kinds.length];
      byte[] packed = pack(kind, bytes);
      chunks.add(new long[] {kind, at, length, data.size() - tableData, packed.length});
      data.writeBytes(packed);
    }
    chunks.add(new long[] {-1, count, 0, data.size() - tableData, 0});
    tables.add(table(sectors, count, chunks));
    if (checksums) {
      putCrc(ByteBuffer.wrap(tables.getLast()), 64, crc);
    }
    names.add(name);
    sectors += count;
    return this;
  }

  /** Adds bytes that nothing points to. */
  UdifWriter unused(int length) {
    data.writeBytes(new byte[length]);
    return this;
  }

  byte[] table(int number) {
    return tables.get(number);
  }

  private byte[] table(int first, int count, List<long[]> chunks) {
    ByteBuffer table = ByteBuffer.allocate(HEADER + 40 * chunks.size());
    table.putInt(0x6d697368).putInt(1).putLong(first).putLong(count).putLong(tableData);
    table.putInt(520).putInt(chunks.size());
    table.putInt(200, chunks.size()).position(HEADER);
    for (long[] chunk : chunks) {
      table.putInt((int) chunk[0]).putInt(0);
      table.putLong(chunk[1]).putLong(chunk[2]).putLong(chunk[3]).putLong(chunk[4]);
    }
    return table.array();
  }

  private static void putCrc(ByteBuffer bytes, int at, CRC32 crc) {
    bytes.putInt(at, 2).putInt(at + 4, 32).putInt(at + 8, (int) crc.getValue());
  }

  private byte[] pack(int kind, byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    switch (kind) {
      case RAW -> out.writeBytes(bytes);
      case ADC -> out.writeBytes(AdcEncoder.encode(bytes));
      case ZLIB -> {
        try (DeflaterOutputStream stream = new DeflaterOutputStream(out, new Deflater(9))) {
          stream.write(bytes);
        }
      }
      case BZIP2 ->
          out.writeBytes(
              ExternalTool.named("bzip2")
                  .runWithInput(null, bytes, "-c")
                  .mustExit(0)
                  .stdoutBytes());
      case LZFSE -> {
        char block = lzfseKinds.charAt(lzfseUsed++ % lzfseKinds.length());
        out.writeBytes(LzfseEncoder.encode(bytes, block));
      }
      case XZ -> {
        try (XZOutputStream stream = new XZOutputStream(out, new LZMA2Options(1))) {
          stream.write(bytes);
        }
      }
      default -> throw new IllegalArgumentException("kind " + kind);
    }
    return out.toByteArray();
  }

  /** The file with a property list. */
  byte[] build() {
    StringBuilder list = new StringBuilder();
    list.append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    list.append("<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\"");
    list.append(" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n<plist version=\"1.0\">\n");
    list.append("<dict>\n\t<key>resource-fork</key>\n\t<dict>\n\t\t<key>blkx</key>\n\t\t<array>\n");
    for (int i = 0; i < tables.size(); i++) {
      list.append("\t\t\t<dict>\n\t\t\t\t<key>Attributes</key>\n\t\t\t\t<string>0x0050</string>\n");
      list.append("\t\t\t\t<key>CFName</key>\n\t\t\t\t<string>" + names.get(i) + "</string>\n");
      list.append("\t\t\t\t<key>Data</key>\n\t\t\t\t<data>\n");
      String text = Base64.getMimeEncoder(52, new byte[] {'\n'}).encodeToString(tables.get(i));
      text.lines().forEach(line -> list.append("\t\t\t\t" + line + "\n"));
      list.append("\t\t\t\t</data>\n\t\t\t\t<key>ID</key>\n\t\t\t\t<string>" + i + "</string>\n");
      list.append("\t\t\t\t<key>Name</key>\n\t\t\t\t<string>" + names.get(i) + "</string>\n");
      list.append("\t\t\t</dict>\n");
    }
    list.append("\t\t</array>\n\t\t<key>plst</key>\n\t\t<array>\n\t\t\t<dict>\n");
    list.append("\t\t\t\t<key>Data</key>\n\t\t\t\t<data>\n\t\t\t\tAAAA\n\t\t\t\t</data>\n");
    list.append("\t\t\t</dict>\n\t\t</array>\n\t</dict>\n</dict>\n</plist>\n");
    return build(list.toString());
  }

  /** The file with this property list. */
  byte[] build(String list) {
    return file(list.getBytes(StandardCharsets.UTF_8), false);
  }

  /** The file with a resource fork of the old kind. */
  byte[] buildOld() {
    ByteArrayOutputStream contents = new ByteArrayOutputStream();
    int count = tables.size();
    int map = 30;
    int refs = 2 + 8;
    ByteBuffer index = ByteBuffer.allocate(map + refs + 12 * count + 256 * count);
    index.putShort(24, (short) (map - 2)).putShort(26, (short) (map - 2 + refs + 12 * count));
    index.putShort(map - 2, (short) 0).putInt(map, 0x626c6b78);
    index.putShort(map + 4, (short) (count - 1)).putShort(map + 6, (short) refs);
    int name = 0;
    for (int i = 0; i < count; i++) {
      int entry = map - 2 + refs + 12 * i;
      byte[] text = names.get(i).getBytes(StandardCharsets.ISO_8859_1);
      index.putShort(entry, (short) i).putShort(entry + 2, (short) name);
      index.putInt(entry + 4, 0x50 << 24 | contents.size());
      int at = map - 2 + refs + 12 * count + name;
      index.put(at, (byte) text.length).put(at + 1, text);
      name += 1 + text.length;
      contents.writeBytes(ByteBuffer.allocate(4).putInt(tables.get(i).length).array());
      contents.writeBytes(tables.get(i));
    }
    ByteBuffer fork = ByteBuffer.allocate(256 + contents.size() + index.capacity());
    fork.putInt(256).putInt(256 + contents.size()).putInt(contents.size());
    fork.putInt(index.capacity()).position(256);
    fork.put(contents.toByteArray()).put(index.array());
    return file(fork.array(), true);
  }

  private byte[] file(byte[] description, boolean isFork) {
    int at = dataAt + data.size();
    ByteBuffer file = ByteBuffer.allocate(at + description.length + 512);
    file.put(dataAt, data.toByteArray()).put(at, description);
    int end = at + description.length;
    file.putInt(end, 0x6b6f6c79).putInt(end + 4, 4).putInt(end + 8, 512).putInt(end + 12, 1);
    file.putLong(end + 24, dataAt).putLong(end + 32, data.size());
    file.putLong(end + (isFork ? 40 : 216), at)
        .putLong(end + (isFork ? 48 : 224), description.length);
    file.putInt(end + 56, 1).putInt(end + 60, 1);
    file.putInt(end + 488, 1).putLong(end + 492, sectors);
    if (checksums) {
      CRC32 crc = new CRC32();
      crc.update(data.toByteArray());
      putCrc(file, end + 80, crc);
      crc.reset();
      tables.forEach(table -> crc.update(table, 72, 4));
      putCrc(file, end + 352, crc);
    }
    return file.array();
  }
}
