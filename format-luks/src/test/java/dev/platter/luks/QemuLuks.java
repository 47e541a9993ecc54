package dev.platter.luks;

import static org.junit.jupiter.api.Assertions.fail;

import dev.platter.testdata.ExternalTool;
import java.nio.file.Path;

/** Encrypted disks that qemu-img makes. */
final class QemuLuks {
  private QemuLuks() {}

  /** Makes one of a raw disk. */
  static void convert(Path raw, Path luks, String options, String phrase) {
    ExternalTool qemu = ExternalTool.qemuImg();
    String all = "key-secret=s,iter-time=10" + (options.isEmpty() ? "" : "," + options);
    ExternalTool.Result result = null;
    // It measures its own speed by its CPU time, and fails where that is too short to be seen.
    for (int i = 0; i < 20; i++) {
      result =
          qemu.run(
              "convert",
              "-f",
              "raw",
              "-O",
              "luks",
              "--object",
              "secret,id=s,data=" + phrase,
              "-o",
              all,
              raw,
              luks);
      if (result.exitCode() == 0) {
        return;
      }
      if (!result.toString().contains("CPU usage")) {
        break;
      }
    }
    fail(result.toString());
  }

  /** What it reads. */
  static void read(Path luks, Path raw, String phrase) {
    ExternalTool.qemuImg()
        .mustRun(
            "convert",
            "-O",
            "raw",
            "--object",
            "secret,id=s,data=" + phrase,
            "--image-opts",
            "driver=luks,key-secret=s,file.filename=" + luks,
            raw);
  }
}
