package dev.platter.guest.copy;

import java.io.IOException;

/** Is told what could not be copied, so that nobody takes the rest for all. */
public interface LeftOut {
  /**
   * @param path from where the copy began; empty: there
   */
  void leftOut(String path, String why) throws IOException;
}
