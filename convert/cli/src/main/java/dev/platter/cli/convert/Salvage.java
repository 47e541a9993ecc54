package dev.platter.cli.convert;

import dev.platter.cli.line.Command;
import dev.platter.cli.line.Invocation;
import dev.platter.cli.text.Reasons;
import dev.platter.convert.Progress;
import java.io.IOException;

/** Tells what {@code convert --salvage} could not read, a line for each range. */
record Salvage(Invocation call, Progress progress) implements Progress {
  @Override
  public void advanced(long done, long total) {
    progress.advanced(done, total);
  }

  @Override
  public void salvaged(long offset, long length, IOException reason) {
    if (!call.has(Command.QUIET)) {
      call.complain(
          "warning: error while reading offset "
              + offset
              + ": "
              + Reasons.of(reason)
              + "; "
              + length
              + " bytes count as zeros");
    }
  }
}
