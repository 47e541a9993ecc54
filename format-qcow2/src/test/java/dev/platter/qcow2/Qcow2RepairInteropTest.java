package dev.platter.qcow2;

import dev.platter.image.RepairReport;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/** The same, judged by qemu-img: what we call sound it does, too, and it reads the same disk. */
@Tag("interop")
class Qcow2RepairInteropTest extends Qcow2RepairPropertyTest {
  /** It refuses what it does not read, too, as the length of the mark at the extensions' end. */
  private static final int CANNOT_OPEN = 1;

  /** One case in so many is judged. */
  private static final int EACH = Integer.getInteger("repair.judged", 5);

  @TempDir Path directory;

  private int asked;

  @Override
  protected String judged(byte[] damaged, byte[] repaired, RepairReport report) throws IOException {
    if (++asked % EACH != 0) {
      return "";
    }
    Path before = Files.write(directory.resolve("before.qcow2"), damaged);
    Path after = Files.write(directory.resolve("after.qcow2"), repaired);
    int verdict = check(before);
    boolean opens = verdict != CANNOT_OPEN;
    if (report.found().messages().isEmpty() && opens && verdict != 0) {
      return "qemu-img check finds something where we find nothing";
    }
    boolean sound = report.after().corruptions() + report.after().leaks() == 0;
    if (sound && opens && check(after) != 0) {
      return "qemu-img check finds something after the repair";
    }
    Path raw = directory.resolve("before.raw");
    Path rawAfter = directory.resolve("after.raw");
    if (convert(before, raw)) {
      if (!convert(after, rawAfter)) {
        return "qemu-img cannot read the disk any more";
      }
      long mismatch = Files.mismatch(raw, rawAfter);
      if (mismatch >= 0) {
        return "qemu-img reads the disk otherwise from offset " + mismatch + " on";
      }
    }
    return "";
  }

  private int check(Path image) {
    return ExternalTool.qemuImg().runIn(directory, "check", "-q", "-f", "qcow2", image).exitCode();
  }

  /** Without what lies below the image: that is not there. */
  private boolean convert(Path image, Path raw) throws IOException {
    Files.deleteIfExists(raw);
    return ExternalTool.qemuImg()
            .runIn(directory, "convert", "-f", "qcow2", "-O", "raw", image, raw)
            .exitCode()
        == 0;
  }
}
